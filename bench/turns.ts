import { SIDE_NAMES, type Contest, type Figures, type SideName } from './benchmark.js';

/** The figures of each side, run by run. */
export type Runs = Readonly<Partial<Record<SideName, readonly Figures[]>>>;

/**
 * Runs floor, ours, peer, floor, ours, peer, …: if the machine is busy for a while, that slows all of them.
 * @param warmUp whether each side first runs once without being measured
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
