import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../message/manual-clock.fixture.js';
import { Retention } from './retention.js';

const DAY_MS = 24 * 60 * 60_000;

describe('retention', () => {
  const clock = new ManualClock();
  const said: string[] = [];
  const say = (message: string) => void said.push(message);
  const logger = { log: say, warn: say, error: say, debug: say };

  it('goes on until nothing is left, with the same instant in every step', async () => {
    const left = [500, 20, 0];
    const instants: number[] = [];
    const deleteSome = async (before: number) => {
      instants.push(before);
      clock.advance(1_000);
      return left.shift() ?? 0;
    };
    const startedAt = clock.now();
    await new Retention({ days: 30, store: { deleteSome }, clock, logger, pauseMs: 0 }).run();
    expect(instants).toEqual([0, 0, 0].map(() => startedAt - 30 * DAY_MS));
    expect(said.join()).toContain('520 rows');
  });

  it('a run that goes on is not doubled, and a stop ends it after its step', async () => {
    let steps = 0;
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const deleteSome = async () => {
      steps += 1;
      await gate;
      return 1;
    };
    const retention = new Retention({ days: 30, store: { deleteSome }, clock, logger, pauseMs: 0 });
    const runs = Promise.all([retention.run(), retention.run()]);
    const stopped = retention.stop();
    release();
    await Promise.all([runs, stopped]);
    expect(steps).toBe(1);
    await retention.run();
    expect(steps).toBe(1);
  });
});
