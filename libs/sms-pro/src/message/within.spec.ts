import { describe, expect, it } from '@jest/globals';
import { within } from './within.js';

const LONG_MS = 60_000;

/** Timers that keep the process from ending. */
const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;

describe('work with a time limit', () => {
  it('has ended in time when it is done first', async () => {
    expect(await within(LONG_MS, Promise.resolve('any value'))).toBe(true);
  });

  it('has not ended in time when the limit comes first, and goes on', async () => {
    let finish = (_value: string) => {};
    const work = new Promise<string>((resolve) => (finish = resolve));
    expect(await within(1, work)).toBe(false);
    finish('done later');
    expect(await work).toBe('done later');
  });

  it('fails as its work does', async () => {
    const failure = new Error('the connection was cut');
    await expect(within(LONG_MS, Promise.reject(failure))).rejects.toBe(failure);
  });

  it('leaves no timer behind, so that the process can end', async () => {
    const before = timers();
    await within(LONG_MS, Promise.resolve());
    await within(LONG_MS, Promise.reject(new Error('no'))).catch(() => {});
    expect(timers()).toBe(before);
  });
});
