import { describe, expect, it } from '@jest/globals';
import { newPacketId } from './packet-id.js';

describe('newPacketId', () => {
  const ids = Array.from({ length: 20_000 }, () => newPacketId());

  it('has 12 lower-case letters and digits, the first a letter', () => {
    expect(ids.filter((id) => !/^[a-z][a-z0-9]{11}$/.test(id))).toEqual([]);
  });

  it('does not repeat', () => {
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('uses each character as often as the others', () => {
    const seen = new Map<string, number>();
    for (const character of ids.map((id) => id.slice(1)).join('')) {
      seen.set(character, (seen.get(character) ?? 0) + 1);
    }
    const expected = (ids.length * 11) / 36;
    expect(seen.size).toBe(36);
    for (const count of seen.values()) {
      // About 6 standard deviations: a bias of `byte % 36` would be 14 %.
      expect(Math.abs(count - expected) / expected).toBeLessThan(0.08);
    }
  });
});
