import 'reflect-metadata';
import type { DatabaseName, Extent } from './extent.js';
import type { Line } from './line.js';
import { Scratch } from './scratch.js';
import { profileSql } from './sql-profile.js';
import { takeTurns, type Runs } from './turns.js';

/** What the process of one line is told, as JSON in `BENCH_TASK`. */
export interface LineTask {
  readonly line: string;
  readonly database: DatabaseName;
  readonly extent: Extent;
  readonly runs: number;
  /** Whether every SQL statement is timed. */
  readonly profile: boolean;
}

/** What it says when it is done. */
export type LineAnswer =
  { readonly kind: 'runs'; readonly runs: Runs } | { readonly kind: 'failed'; readonly why: string };

const task = JSON.parse(process.env['BENCH_TASK'] ?? '{}') as LineTask;
const scratch = await Scratch.open(task.database, task.extent);

/** The line alone: what others need, such as a peer and its queue, is no memory of this one. */
async function lineOf(name: string): Promise<Line> {
  const module = (await import(`./lines/${name}.line.js`)) as Record<string, Line>;
  const line = Object.values(module).find((one) => one.name === name);
  if (line === undefined) throw new Error(`There is no line "${name}".`);
  return line;
}

async function tell(answer: LineAnswer): Promise<void> {
  await new Promise<void>((resolve) => process.send?.(answer, () => resolve()) ?? resolve());
}

// Whoever started it is gone: the databases would stay behind.
process.once('disconnect', () => void scratch.abandon().finally(() => process.exit(1)));

try {
  const line = await lineOf(task.line);
  const report = task.profile ? profileSql() : null;
  const contest = await line.prepare(scratch);
  report?.reset();
  const runs = await takeTurns(contest, Math.min(task.runs, line.mostRuns ?? task.runs), line.warmsUp ?? true);
  report?.print();
  await tell({ kind: 'runs', runs });
} catch (error) {
  await tell({ kind: 'failed', why: error instanceof Error ? (error.stack ?? error.message) : String(error) });
} finally {
  await scratch.close();
  process.exit();
}
