import type { DatabaseName, Extent } from './extent.js';
import type { BenchContext } from './bench-context.js';

/** The sides that run in turns: what cannot be beaten, this package, and what people write by hand. */
export const SIDE_NAMES = ['floor', 'ours', 'peer'] as const;
export type SideName = (typeof SIDE_NAMES)[number];

/** The figures of one run, by name: see `Row.figure`. */
export type Figures = Readonly<Record<string, number>>;

/** One run of one side. */
export type Side = () => Promise<Figures>;

/** The sides of a benchmark on one database, ready to run in turns. */
export interface Contest {
  readonly ours: Side;
  readonly floor?: Side | undefined;
  readonly peer?: Side | undefined;
}

/** What a row promises. */
export type Target =
  | { readonly is: 'of-floor'; readonly least: number }
  | { readonly is: 'of-peer'; readonly least: number }
  | { readonly is: 'above-floor'; readonly most: number }
  | { readonly is: 'least'; readonly value: number }
  | { readonly is: 'most'; readonly value: number };

/** One figure of a benchmark, and how it is shown. */
export interface Row {
  readonly figure: string;
  readonly what: string;
  readonly unit: string;
  readonly targets?: readonly Target[];
}

/** One thing that is measured. */
export interface Benchmark {
  readonly name: string;
  readonly title: string;
  readonly databases: readonly DatabaseName[];
  /** Maximum of runs: a benchmark that repeats its work by itself needs fewer. */
  readonly maxRuns?: number;
  /** Whether each side first runs once without being measured. @default true */
  readonly warmsUp?: boolean;
  /** Time limit of all runs together, in minutes. @default 10 */
  readonly minutes?: number;
  /** Options of its node process. */
  readonly nodeOptions?: readonly string[];
  /** What a reader of the figures must know. */
  readonly note?: string;
  /** Why a target is not met, by database. */
  readonly whyNot?: Readonly<Partial<Record<DatabaseName, string>>>;
  rows(extent: Extent, database: DatabaseName): readonly Row[];
  prepare(context: BenchContext): Promise<Contest>;
}
