import { randomFillSync } from 'node:crypto';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const ALPHABET = `${LETTERS}0123456789`;
const LENGTH = 12;

/** Asking the system for a few bytes costs as much as for a page of them. */
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

/** One character, each as likely as the others: bytes above the last whole multiple are thrown away. */
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
 * One case, because nobody knows whether the gateway tells the cases apart; the first a letter, so that nothing on
 * the way reads `12e500000000` as a number. 12 is the length that the partner API allows.
 */
export function newPacketId(): string {
  let id = pick(LETTERS);
  while (id.length < LENGTH) {
    id += pick(ALPHABET);
  }
  return id;
}
