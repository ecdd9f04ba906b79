import type { Figures, Row, SideName, Target } from './benchmark.js';
import { median } from './measure.js';
import type { Runs } from './turns.js';

/** The result of several runs of one side. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** One target and whether it was met. */
export interface Verdict {
  readonly promise: string;
  readonly met: boolean;
}

/** One row, measured. */
export interface MeasuredRow {
  readonly what: string;
  readonly unit: string;
  readonly sides: Readonly<Partial<Record<SideName, Spread>>>;
  readonly verdicts: readonly Verdict[];
}

function spreadOf(figures: readonly Figures[] | undefined, name: string): Spread | null {
  const values = (figures ?? []).flatMap((one) => one[name] ?? []);
  if (values.length === 0) return null;
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/** Ours divided by another side. */
export function ratioOf(ours: Spread, other: Spread): number {
  return ours.median / other.median;
}

function judge(target: Target, unit: string, sides: MeasuredRow['sides']): Verdict | null {
  const { ours, floor, peer } = sides;
  if (ours === undefined) return null;
  switch (target.is) {
    case 'of-floor':
      if (floor === undefined) return null;
      return { promise: `at least ${target.least} of the floor`, met: ratioOf(ours, floor) >= target.least };
    case 'of-peer':
      if (peer === undefined) return null;
      return { promise: `at least ${target.least} times the peer`, met: ratioOf(ours, peer) >= target.least };
    case 'above-floor':
      if (floor === undefined) return null;
      return {
        promise: `within ${target.most} ${unit} of the floor`,
        met: ours.median - floor.median <= target.most,
      };
    case 'least':
      return { promise: `at least ${target.value.toLocaleString('en')} ${unit}`, met: ours.median >= target.value };
    case 'most':
      // A limit must hold in every run, not only in the median.
      return { promise: `at most ${target.value.toLocaleString('en')} ${unit}`, met: ours.most <= target.value };
  }
}

/**
 * The measured rows of a benchmark; rows that this run did not measure are left out.
 * @param judged whether the targets are checked: a quick run says nothing about speed
 */
export function measuredRows(rows: readonly Row[], runs: Runs, judged: boolean): MeasuredRow[] {
  return rows.flatMap(({ figure, what, unit, targets = [] }) => {
    const ours = spreadOf(runs.ours, figure);
    if (ours === null) return [];
    const floor = spreadOf(runs.floor, figure);
    const peer = spreadOf(runs.peer, figure);
    const sides = { ours, ...(floor === null ? {} : { floor }), ...(peer === null ? {} : { peer }) };
    const looked = judged ? targets : [];
    return [{ what, unit, sides, verdicts: looked.flatMap((target) => judge(target, unit, sides) ?? []) }];
  });
}
