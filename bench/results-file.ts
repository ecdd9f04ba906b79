import { readFile, writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import type { Benchmark } from './benchmark.js';
import { DATABASE_NAMES, type DatabaseName } from './extent.js';
import { cellsOf, markdownTable } from './tables.js';
import type { MeasuredRow } from './verdict.js';

const FIGURES = 'bench/results.json';
const REPORT = 'bench/RESULTS.md';
const PRINT_WIDTH = 120;

/** The last measurement of one benchmark on one database. */
export interface KeptResult {
  /** Name of the benchmark. */
  readonly line: string;
  readonly database: DatabaseName;
  /** Day of the measurement. */
  readonly day: string;
  readonly runs: number;
  /** Measured with `--quick`: not compared with the targets. */
  readonly isSmall: boolean;
  readonly rows: readonly MeasuredRow[];
}

interface Kept {
  readonly machine: readonly string[];
  readonly results: readonly KeptResult[];
}

/** Replaces older results by new ones of the same benchmark and database, and writes the report again. */
export async function keepResults(
  benchmarks: readonly Benchmark[],
  machine: readonly string[],
  fresh: readonly KeptResult[],
): Promise<void> {
  const before = await readKept();
  const isFresh = (one: KeptResult) =>
    fresh.some(({ line, database }) => line === one.line && database === one.database);
  const results = [...before.results.filter((one) => !isFresh(one)), ...fresh];
  const kept: Kept = { machine, results };
  await writeFile(FIGURES, await format(JSON.stringify(kept), { parser: 'json', printWidth: PRINT_WIDTH }));
  await writeFile(REPORT, await format(reportOf(benchmarks, kept), { parser: 'markdown', printWidth: PRINT_WIDTH }));
}

async function readKept(): Promise<Kept> {
  try {
    return JSON.parse(await readFile(FIGURES, 'utf8')) as Kept;
  } catch (error) {
    if (Object(error).code === 'ENOENT') return { machine: [], results: [] };
    throw error;
  }
}

const INTRODUCTION = `# Results

Written by \`npm run bench -- --write\`. Do not edit: the texts are in \`bench/results-file.ts\` and \`bench/benchmarks\`.

**ours** is this package. The **floor** is what cannot be beaten: the same work done by the database driver, the HTTP
client or the XML reader alone. The **peer** is the same feature as it is usually written in Nest
(\`bench/peers/hand-written\`): TypeORM \`save()\`, one BullMQ job and one axios POST for each phone. They run in turns in
one process, after one unmeasured run of each. The gateway's simulator and the sender of pushed reports run in their own
processes. A figure is the median of the runs, with the lowest and the highest in brackets. "to floor" and "to peer" are
ours divided by the other side; for a time, how much longer ours takes.`;

function reportOf(benchmarks: readonly Benchmark[], { machine, results }: Kept): string {
  const sections = benchmarks.flatMap((benchmark) =>
    sectionOf(
      benchmark,
      results.filter((one) => one.line === benchmark.name),
    ),
  );
  return [
    INTRODUCTION,
    '## The machine',
    machine.map((one) => `- ${one}`).join('\n'),
    '## Targets that are not met',
    notMet(benchmarks, results),
    ...sections,
  ].join('\n\n');
}

function sectionOf(benchmark: Benchmark, results: readonly KeptResult[]): string[] {
  const inOrder = DATABASE_NAMES.flatMap((name) => results.filter(({ database }) => database === name));
  const [first] = inOrder;
  if (first === undefined) return [];
  const rows = inOrder.flatMap(({ database, rows: measured }) =>
    measured.map((row) => cellsOf(row, `${database}: ${row.what}`)),
  );
  const runs = Math.max(...inOrder.map((one) => one.runs));
  const form = first.isSmall ? ', with --quick' : '';
  const note = `${runs === 1 ? 'One run' : `Median of ${runs} runs`}${form}, ${first.day}.`;
  return [
    `## ${benchmark.title}`,
    ...(benchmark.note === undefined ? [] : [benchmark.note]),
    note,
    markdownTable(rows),
  ];
}

function notMet(benchmarks: readonly Benchmark[], results: readonly KeptResult[]): string {
  const missed = benchmarks.flatMap((benchmark) =>
    results
      .filter((one) => one.line === benchmark.name)
      .flatMap(({ database, rows }) =>
        rows.flatMap(({ what, verdicts }) =>
          verdicts
            .filter(({ met }) => !met)
            .map(
              ({ promise }) =>
                `- ${database}: ${what}: ${promise}. ${benchmark.whyNot?.[database] ?? 'Not yet explained.'}`,
            ),
        ),
      ),
  );
  const small = benchmarks.filter(({ name }) => results.some((one) => one.line === name && one.isSmall));
  const unjudged = small.map(
    ({ title }) => `- ${title}: not compared with its targets, since it was measured with --quick.`,
  );
  const all = [...missed, ...unjudged];
  return all.length === 0 ? 'None.' : all.join('\n');
}
