import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const BYTES = 16;

/** Random bytes are fetched in blocks: a call to the system costs the same for a few bytes as for many. */
const pool = new Uint8Array(BYTES * 256);
let next = pool.length;

function randomBytes(): Uint8Array {
  if (next === pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  next += BYTES;
  return pool.slice(next - BYTES, next);
}

/** Makes the id of a message or a campaign. A UUIDv7 grows with time, so that new rows are neighbours in the index. */
export function newMessageId(): string {
  return uuidv7({ rng: randomBytes });
}
