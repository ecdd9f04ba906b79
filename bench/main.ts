import 'reflect-metadata';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Children } from './children.js';
import { missing } from './databases/scratch-databases.js';
import type { DatabaseName } from './extent.js';
import type { BenchmarkAnswer, BenchmarkTask } from './benchmark-process.js';
import { BENCHMARKS } from './benchmarks.js';
import { describeMachine } from './machine.js';
import { help, readOptions, type BenchOptions, type Measurement } from './options.js';
import { keepResults, type KeptResult } from './results-file.js';
import { cellsOf, plainTable } from './tables.js';
import { measuredRows } from './verdict.js';

const EXIT_FAILED = 1;
const EXIT_BAD_OPTIONS = 2;
const EXIT_INTERRUPTED = 130;
const USUAL_MINUTES = 10;
const MINUTE_MS = 60_000;
/** How long, in ms, a process may take to drop its databases after it is told to end. */
const CLEARING_MS = 15_000;
const DAY_LENGTH = 'YYYY-MM-DD'.length;

type Wanted = Extract<BenchOptions, { kind: 'run' }>;

const children = new Children();

function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Ends the process of a benchmark, and gives it time to drop its databases. */
async function dismiss(child: ChildProcess): Promise<void> {
  if (child.connected) child.disconnect();
  const over = new AbortController();
  await Promise.race([once(child, 'exit'), pause(CLEARING_MS, null, { signal: over.signal })]).catch(() => {});
  over.abort();
  await children.end(child);
}

/** Runs one benchmark in a process of its own. */
async function measure(
  { benchmark, database, extent, runs }: Measurement,
  profileFolder: string | null,
): Promise<BenchmarkAnswer> {
  const task: BenchmarkTask = { benchmark: benchmark.name, database, extent, runs, profile: profileFolder !== null };
  const profiling = profileFolder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
  const child = children.start('benchmark-process', { BENCH_TASK: JSON.stringify(task) }, [
    ...profiling,
    ...(benchmark.nodeOptions ?? []),
  ]);
  const limit = new AbortController();
  const answered = new Promise<BenchmarkAnswer>((resolve) => {
    child.once('message', (answer: BenchmarkAnswer) => resolve(answer));
    child.once('exit', (code, signal) => resolve({ kind: 'failed', why: `Its process ended (${signal ?? code}).` }));
  });
  const late = pause((benchmark.minutes ?? USUAL_MINUTES) * MINUTE_MS, null, { signal: limit.signal }).catch(
    () => null,
  );
  const answer = await Promise.race([answered, late]);
  limit.abort();
  if (answer === null) {
    await dismiss(child);
    return { kind: 'failed', why: `It took more than ${benchmark.minutes ?? USUAL_MINUTES} minutes.` };
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return answer;
}

/** The measurements whose database answers. A missing database is printed, and is a failure if it was named. */
async function present({ measurements, named }: Wanted): Promise<{ there: Measurement[]; failed: boolean }> {
  const why = new Map<DatabaseName, string | null>();
  for (const { database } of measurements) if (!why.has(database)) why.set(database, await missing(database));
  let failed = false;
  for (const [database, sentence] of why) {
    if (sentence === null) continue;
    say(`NOT RUN on ${database}: ${sentence}`);
    failed ||= named || process.env['CI'] === 'true';
  }
  return { there: measurements.filter(({ database }) => why.get(database) === null), failed };
}

async function runAll(wanted: Wanted): Promise<void> {
  const startedAt = performance.now();
  const { there, failed } = await present(wanted);
  const machine = await describeMachine();
  for (const one of machine) say(one);
  const profileFolder = wanted.profile ? await mkdtemp(join(tmpdir(), 'sms-pro-profile-')) : null;
  const results: KeptResult[] = [];
  let failures = 0;
  for (const measurement of there) {
    const { benchmark, database, extent, runs } = measurement;
    say(`\n== ${benchmark.title}: ${database}`);
    const answer = await measure(measurement, profileFolder);
    if (answer.kind === 'failed') {
      failures += 1;
      say(`FAILED: ${answer.why}`);
      continue;
    }
    const rows = measuredRows(benchmark.rows(extent, database), answer.runs, extent.size !== 'quick');
    for (const text of plainTable(rows.map((row) => cellsOf(row, row.what)))) say(text);
    const day = new Date().toISOString().slice(0, DAY_LENGTH);
    results.push({ line: benchmark.name, database, day, runs, isSmall: extent.size === 'quick', rows });
  }
  if (wanted.write) await keepResults(BENCHMARKS, machine, results);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  say(
    `\n${results.length} of ${there.length} measurements in ${seconds} s${profileFolder === null ? '' : `; profiles in ${profileFolder}`}.`,
  );
  if (failures > 0 || failed || there.length === 0) process.exitCode = EXIT_FAILED;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    say(`${signal}: ending everything that was started.`);
    void Promise.all([...children.all].map((child) => dismiss(child))).finally(() => process.exit(EXIT_INTERRUPTED));
  });
}

const options = readOptions(process.argv.slice(2), BENCHMARKS);
if (options.kind === 'help') say(help(BENCHMARKS));
else if (options.kind === 'faults') {
  for (const fault of options.faults) process.stderr.write(`bench: ${fault}\n`);
  process.exitCode = EXIT_BAD_OPTIONS;
} else await runAll(options);
