import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SmsProSchedulerContext, SmsProWork } from '../options/scheduler.js';
import { eventually } from '../../../../test/support/eventually.js';
import { InProcessScheduler } from './in-process.scheduler.js';

describe('a wake in the process', () => {
  let scheduler: InProcessScheduler;
  let dispatches: number;
  let endSweep: () => void;
  let isSweeping: Promise<void>;

  beforeEach(() => {
    dispatches = 0;
    let sweepBegins: () => void;
    isSweeping = new Promise((resolve) => (sweepBegins = resolve));
    const sweep = new Promise<void>((resolve) => (endSweep = resolve));
    const work = {
      dispatch: async () => {
        dispatches += 1;
        return null;
      },
      sweep: async () => {
        sweepBegins();
        await sweep;
      },
    } as unknown as SmsProWork;
    const context = { now: () => Date.now(), logger: { error: () => {} } } as unknown as SmsProSchedulerContext;
    scheduler = new InProcessScheduler(context);
    scheduler.start(work);
  });

  afterEach(async () => {
    endSweep();
    await scheduler.stop();
  });

  it('does not wait for a sweep that has much to end', async () => {
    await isSweeping;
    const before = dispatches;
    scheduler.wake(['a00000000001'], Date.now());
    const amount = await eventually(
      () => dispatches,
      (seen) => seen > before,
    );
    expect(amount).toBeGreaterThan(before);
  });

  it('for later changes nothing before its time', async () => {
    await isSweeping;
    const before = dispatches;
    scheduler.wake(['a00000000001'], Date.now() + 60_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(dispatches).toBe(before);
  });
});
