import 'reflect-metadata';
import type { Benchmark } from './benchmark.js';
import type { DatabaseName, Extent } from './extent.js';
import { BenchContext } from './bench-context.js';
import { profileSql } from './sql-profile.js';
import { takeTurns, type Runs } from './turns.js';

/** The task of a benchmark's process, as JSON in `BENCH_TASK`. */
export interface BenchmarkTask {
  readonly benchmark: string;
  readonly database: DatabaseName;
  readonly extent: Extent;
  readonly runs: number;
  /** Whether every SQL statement is timed. */
  readonly profile: boolean;
}

/** Its message when it is done. */
export type BenchmarkAnswer =
  { readonly kind: 'runs'; readonly runs: Runs } | { readonly kind: 'failed'; readonly why: string };

const task = JSON.parse(process.env['BENCH_TASK'] ?? '{}') as BenchmarkTask;
const context = await BenchContext.open(task.database, task.extent);

/** Imports this benchmark only: what others need, such as a peer and its queue, would count as its memory. */
async function benchmarkOf(name: string): Promise<Benchmark> {
  const module = (await import(`./benchmarks/${name}.benchmark.js`)) as Record<string, Benchmark>;
  const benchmark = Object.values(module).find((one) => one.name === name);
  if (benchmark === undefined) throw new Error(`There is no benchmark "${name}".`);
  return benchmark;
}

async function tell(answer: BenchmarkAnswer): Promise<void> {
  await new Promise<void>((resolve) => process.send?.(answer, () => resolve()) ?? resolve());
}

// The parent process is gone: without this the databases would be left behind.
process.once('disconnect', () => void context.abandon().finally(() => process.exit(1)));

try {
  const benchmark = await benchmarkOf(task.benchmark);
  const report = task.profile ? profileSql() : null;
  const contest = await benchmark.prepare(context);
  report?.reset();
  const runs = await takeTurns(contest, Math.min(task.runs, benchmark.maxRuns ?? task.runs), benchmark.warmsUp ?? true);
  report?.print();
  await tell({ kind: 'runs', runs });
} catch (error) {
  await tell({ kind: 'failed', why: error instanceof Error ? (error.stack ?? error.message) : String(error) });
} finally {
  await context.close();
  process.exit();
}
