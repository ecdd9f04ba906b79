import type { RunPlan } from './options.js';
import type { RunResult } from './run.js';

/** How many violations of a promise are printed; the rest is counted. */
const SHOWN = 10;
const NAME_WIDTH = 17;

/** The heading of a run. */
export function headingOf({ database, dedupe, scheduler, recipients, processes, seed, broken }: RunPlan): string {
  const senders = processes === 1 ? '1 process' : `${processes} processes`;
  const fleet = scheduler === 'bullmq' ? `${processes} workers and an API process on BullMQ` : senders;
  const end = broken === null ? '' : `, broken on purpose: ${broken}`;
  return `== ${database}, ids blocked: ${dedupe}, ${recipients} recipients, ${fleet}, seed ${seed}${end}`;
}

/** How many promises were broken. */
export function brokenPromises({ promises }: RunResult): number {
  return promises.filter(({ violations }) => violations.length > 0).length;
}

/** The figures and the promises of a run as a table, with a sentence for each violation. */
export function linesOf(result: RunResult): string[] {
  const lines = result.figures.map(([name, figure]) => `  ${name.padEnd(NAME_WIDTH)} ${figure}`);
  lines.push('');
  const width = Math.max(...result.promises.map(({ promise }) => promise.length));
  for (const { promise, figures, violations } of result.promises) {
    lines.push(`  ${violations.length === 0 ? 'kept  ' : 'BROKEN'}  ${promise.padEnd(width)}  ${figures}`);
    for (const sentence of violations.slice(0, SHOWN)) lines.push(`            ${sentence}`);
    if (violations.length > SHOWN) lines.push(`            … and ${violations.length - SHOWN} more.`);
  }
  return lines;
}
