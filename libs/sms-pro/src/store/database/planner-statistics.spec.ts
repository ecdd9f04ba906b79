import { describe, expect, it } from '@jest/globals';
import { PlannerStatistics } from './planner-statistics.js';

describe('the planner’s statistics', () => {
  it('are brought up to date after thousands, tens of thousands, and so on', async () => {
    const at: number[] = [];
    let written = 0;
    const statistics = new PlannerStatistics(async () => void at.push(written));
    for (; written < 300_000;) {
      written += 500;
      statistics.note(500);
      await statistics.idle();
    }
    expect(at).toEqual([2_000, 20_000, 200_000]);
  });

  it('one look at a time, and one that fails changes nothing', async () => {
    let looks = 0;
    const statistics = new PlannerStatistics(async () => {
      looks += 1;
      throw new Error('permission denied');
    });
    statistics.note(5_000);
    statistics.note(50_000);
    await statistics.idle();
    expect(looks).toBe(1);
    statistics.note(1);
    await statistics.idle();
    expect(looks).toBe(2);
  });
});
