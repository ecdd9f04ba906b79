import { describe, expect, it } from '@jest/globals';
import { elapsedMs } from '../../message/clock.js';
import { testDatabases } from '../../../../../test/support/test-databases.js';
import { DatabaseClock } from './database-clock.js';
import { TestStore } from '../store.fixture.js';

const HOUR_MS = 3_600_000;

/** Clocks of one machine differ by milliseconds, and one is adjusted while another runs on. */
const TOLERANCE_MS = 2_000;

/** The time was between two others, however long the machine took. */
function expectBetween(time: number, from: number, to: number): void {
  expect(time).toBeGreaterThanOrEqual(from - TOLERANCE_MS);
  expect(time).toBeLessThanOrEqual(to + TOLERANCE_MS);
}

describe('the one clock', () => {
  it('follows the database, however wrong this machine is', async () => {
    const clock = new DatabaseClock();
    const startedAt = Date.now();
    await clock.measure(async () => Date.now() + HOUR_MS);
    expectBetween(clock.now() - HOUR_MS, startedAt, Date.now());
    expect(Number.isInteger(clock.now())).toBe(true);
  });

  it('is set right after the machine slept, and left alone while its two clocks agree', async () => {
    const clock = new DatabaseClock();
    await clock.measure(async () => Date.now());
    let measured = 0;
    const ask = async () => {
      measured += 1;
      return Date.now();
    };
    await clock.freshen(ask);
    expect(measured).toBe(0);
    // Wall time went on for an hour while monotonic time stood still.
    const real = Date.now;
    Date.now = () => real() + HOUR_MS;
    try {
      await clock.freshen(ask);
      expect(measured).toBe(1);
      const startedAt = Date.now();
      expectBetween(clock.now(), startedAt, Date.now());
    } finally {
      Date.now = real;
    }
  });

  it('an age is the greater of two clocks: one stands still while a machine sleeps, the other can be set back', () => {
    const from = { monotonicMs: 1_000, wallMs: 50_000 };
    expect(elapsedMs(from, { monotonicMs: 1_010, wallMs: 80_000 })).toBe(30_000);
    expect(elapsedMs(from, { monotonicMs: 31_000, wallMs: 10_000 })).toBe(30_000);
    expect(elapsedMs(from, { monotonicMs: 1_000, wallMs: 49_000 })).toBe(0);
  });
});

describe.each(await testDatabases())('the time of $name', (database) => {
  it('is epoch milliseconds, whatever the zone of the session', async () => {
    const store = await TestStore.scratch(database);
    const startedAt = Date.now();
    const time = await store.database.databaseTime();
    // The servers of the tests are on this machine: the same clock.
    expect(time).toBeGreaterThanOrEqual(startedAt - TOLERANCE_MS);
    expect(time).toBeLessThanOrEqual(Date.now() + TOLERANCE_MS);
    await store.close();
  });
});
