import { beforeEach, describe, expect, it } from '@jest/globals';
import { PollPace } from './poll-pace.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const RULES = { batchSize: 10, intervalMs: 15 * SECOND_MS, concurrency: 2, maxBackoffMs: 10 * MINUTE_MS };

let now: number;
let pace: PollPace;

beforeEach(() => {
  now = Date.UTC(2026, 0, 15);
  // The longest rest that chance allows.
  pace = new PollPace(RULES, () => 1);
});

/** Asks as long as it is allowed to. */
function askAll(): number {
  let asked = 0;
  for (let most = pace.allowance(now); most > 0; most = pace.allowance(now)) {
    pace.spend(most);
    asked += most;
  }
  return asked;
}

describe('the bound', () => {
  it('is a batch in an interval, two at once, however often a round is asked for', () => {
    expect(pace.allowance(now)).toBe(2);
    expect(askAll()).toBe(10);
    expect(askAll()).toBe(0);
    let asked = 0;
    for (let ms = 0; ms < 60 * RULES.intervalMs; ms += 100) {
      now += 100;
      asked += askAll();
    }
    expect(asked).toBe(60 * RULES.batchSize);
  });

  it('saves nothing up beyond one batch', () => {
    askAll();
    now += 60 * MINUTE_MS;
    expect(askAll()).toBe(10);
  });
});

describe('a gateway that cannot be asked', () => {
  /** Fails, and tells how long nothing is asked then. */
  const restAfterFailure = () => {
    pace.failed(now);
    const from = now;
    while (pace.allowance(now) === 0) now += 500;
    return now - from;
  };

  it('is asked after one interval, then ever further apart, up to ten minutes', () => {
    const rests = Array.from({ length: 8 }, restAfterFailure);
    expect(rests).toEqual([15, 30, 60, 120, 240, 480, 600, 600].map((seconds) => seconds * SECOND_MS));
  });

  it('gets one query at a time until it answers', () => {
    restAfterFailure();
    expect(pace.allowance(now)).toBe(1);
    pace.answered();
    expect(pace.allowance(now)).toBe(2);
    expect(restAfterFailure()).toBe(15 * SECOND_MS);
  });

  it('is not met by all instances at the same moment', () => {
    pace = new PollPace(RULES, () => 0);
    expect(restAfterFailure()).toBe(7_500);
  });
});
