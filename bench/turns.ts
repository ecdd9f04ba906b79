import { SIDE_NAMES, type Contest, type Figures, type SideName } from './benchmark.js';

/** What each side gave, run by run. */
export type Runs = Readonly<Partial<Record<SideName, readonly Figures[]>>>;

/**
 * Floor, ours, peer, floor, ours, peer, …: a machine that is busy for a while slows all of them. Each is run once
 * before, unmeasured.
 */
export async function takeTurns(contest: Contest, runs: number, warmUp: boolean): Promise<Runs> {
  const figures: Partial<Record<SideName, Figures[]>> = {};
  for (let run = warmUp ? -1 : 0; run < runs; run += 1) {
    for (const name of SIDE_NAMES) {
      const side = contest[name];
      if (side === undefined) continue;
      const given = await side();
      if (run >= 0) (figures[name] ??= []).push(given);
    }
  }
  return figures;
}
