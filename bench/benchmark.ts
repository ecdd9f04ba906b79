import type { DatabaseName, Extent } from './extent.js';
import type { BenchContext } from './bench-context.js';

/** Who runs in turns: this package, what cannot be beaten, and what people write by hand. */
export const SIDE_NAMES = ['floor', 'ours', 'peer'] as const;
export type SideName = (typeof SIDE_NAMES)[number];

/** What one run gave, by the names of the benchmark's rows. */
export type Figures = Readonly<Record<string, number>>;

/** One run of one side. */
export type Side = () => Promise<Figures>;

/** The sides of a benchmark on one database, ready to run in turns. */
export interface Contest {
  readonly ours: Side;
  readonly floor?: Side | undefined;
  readonly peer?: Side | undefined;
}

/** What is promised of a row. */
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

/** One measurement. */
export interface Benchmark {
  readonly name: string;
  readonly title: string;
  readonly databases: readonly DatabaseName[];
  /** Most runs: what measures many times by itself needs fewer. */
  readonly maxRuns?: number;
  /** Whether each side runs once unmeasured before. @default true */
  readonly warmsUp?: boolean;
  /** Longest time in all, in minutes. @default 10 */
  readonly minutes?: number;
  /** What node is started with for it. */
  readonly nodeOptions?: readonly string[];
  /** What a reader of the figures must know. */
  readonly note?: string;
  /** Why a target is not met, where it is not. */
  readonly whyNot?: Readonly<Partial<Record<DatabaseName, string>>>;
  rows(extent: Extent, database: DatabaseName): readonly Row[];
  prepare(context: BenchContext): Promise<Contest>;
}
