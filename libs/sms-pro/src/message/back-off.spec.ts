import { describe, expect, it } from '@jest/globals';
import { backOffMs, withJitter } from './back-off.js';

describe('a back-off', () => {
  it('doubles with each try, up to its limit', () => {
    const delays = [0, 1, 2, 3, 4].map((tries) => backOffMs(1_000, tries, 5_000));
    expect(delays).toEqual([1_000, 2_000, 4_000, 5_000, 5_000]);
  });

  it('stays at its limit after any number of tries', () => {
    expect(backOffMs(1_000, 5_000, 60_000)).toBe(60_000);
  });

  it('is never longer than its limit, even before the first try', () => {
    expect(backOffMs(10_000, 0, 3_000)).toBe(3_000);
  });
});

describe('a delay with jitter', () => {
  it.each([
    [0, 500],
    [0.5, 750],
    [1, 1_000],
  ])('at random %s is between half of the delay and all of it: %i ms', (random, expected) => {
    expect(withJitter(1_000, () => random)).toBe(expected);
  });

  it('differs from one call to the next', () => {
    const randoms = [0.2, 0.8];
    const random = () => randoms.shift() ?? 0;
    expect(withJitter(1_000, random)).not.toBe(withJitter(1_000, random));
  });
});
