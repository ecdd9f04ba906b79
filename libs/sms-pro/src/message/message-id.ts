import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

const BYTES = 16;

/** Asking the system for a few bytes costs as much as for a page of them. */
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

/** Makes the id of a message or a campaign: a UUIDv7, so that ids grow with time and an index of them stays small in memory. */
export function newMessageId(): string {
  return uuidv7({ rng: randomBytes });
}
