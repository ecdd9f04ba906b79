import { randomFillSync } from 'node:crypto';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const ALPHABET = `${LETTERS}0123456789`;
const LENGTH = 12;

/** Random bytes are fetched in blocks: a call to the system costs the same for a few bytes as for many. */
const pool = Buffer.alloc(4096);
let next = pool.length;

function randomByte(): number {
  if (next === pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  const byte = pool.readUInt8(next);
  next += 1;
  return byte;
}

/** Picks one character, all with the same probability: bytes above the largest multiple of the length are skipped. */
function pick(alphabet: string): string {
  const fair = 256 - (256 % alphabet.length);
  let byte = randomByte();
  while (byte >= fair) {
    byte = randomByte();
  }
  return alphabet.charAt(byte % alphabet.length);
}

/**
 * Makes the gateway's `<id>` of a new packet: 12 lower-case letters and digits, about 61 bits.
 *
 * One case only, because the partner API does not say whether ids are case-sensitive. The first is a letter, so that no
 * software reads an id such as `12e500000000` as a number. Source: the partner API, section 1, field `id` (up to 12 letters
 * and digits).
 */
export function newPacketId(): string {
  let id = pick(LETTERS);
  while (id.length < LENGTH) {
    id += pick(ALPHABET);
  }
  return id;
}
