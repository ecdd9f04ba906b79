import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Children } from './children.js';
import { createDatabase, missing, type ScratchDatabase } from './databases.js';
import { HELP, readOptions, type FaultOptions, type RunPlan } from './options.js';
import { brokenPromises, headingOf, linesOf } from './printing.js';
import { run } from './run.js';

const EXIT_BROKEN = 1;
const EXIT_BAD_OPTIONS = 2;
const EXIT_INTERRUPTED = 130;
const MAX_SEED = 1_000_000;

type Wanted = Extract<FaultOptions, { kind: 'run' }>;

/** What must be removed when the suite ends, also after a failure. */
interface RunResources {
  readonly folder: string;
  readonly database: ScratchDatabase;
}

let children = new Children();
let resources: RunResources | null = null;

function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

async function clear(): Promise<void> {
  await children.killAll();
  if (resources === null) return;
  const { database, folder } = resources;
  resources = null;
  await database.drop();
  await rm(folder, { recursive: true, force: true });
}

/** Ends all processes, and keeps the rows and logs for an investigation. */
async function keep(): Promise<void> {
  await children.killAll();
  if (resources === null) return;
  say(`  Kept: database ${resources.database.name}, logs in ${resources.folder}`);
  resources = null;
}

/** Returns whether every promise was kept. */
async function runOne(plan: RunPlan, keepAlways: boolean): Promise<boolean> {
  say(headingOf(plan));
  children = new Children();
  const folder = await mkdtemp(join(tmpdir(), 'sms-pro-faults-'));
  resources = { folder, database: await createDatabase(plan.database, folder) };
  try {
    const result = await run(plan, { children, ...resources });
    for (const line of linesOf(result)) say(line);
    const whole = brokenPromises(result) === 0;
    await (whole && !keepAlways ? clear() : keep());
    say();
    return whole;
  } catch (error) {
    say(`  The run itself failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    await keep();
    return false;
  }
}

/** The plans whose database answers. A missing database is printed, and is a failure if it was named. */
async function presentPlans({ plans, named }: Wanted): Promise<{ present: RunPlan[]; failed: boolean }> {
  const why = new Map<string, string | null>();
  for (const { database } of plans) if (!why.has(database)) why.set(database, await missing(database));
  let failed = false;
  for (const [database, sentence] of why) {
    if (sentence === null) continue;
    say(`NOT RUN on ${database}: ${sentence}`);
    failed ||= named || process.env['CI'] === 'true';
  }
  return { present: plans.filter(({ database }) => why.get(database) === null), failed };
}

async function runAll(wanted: Wanted): Promise<void> {
  const startedAt = performance.now();
  const { present, failed } = await presentPlans(wanted);
  let broken = 0;
  for (const plan of present) if (!(await runOne(plan, wanted.keep))) broken += 1;
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  if (present.length === 0) say('Nothing was run.');
  else if (broken > 0) say(`${broken} of ${present.length} runs broke a promise, in ${seconds} s.`);
  else say(`${present.length} runs in ${seconds} s: 0 lost, 0 twice.`);
  if (broken > 0 || failed || present.length === 0) process.exitCode = EXIT_BROKEN;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    say(`${signal}: ending everything that was started.`);
    void clear().finally(() => process.exit(EXIT_INTERRUPTED));
  });
}

const options = readOptions(process.argv.slice(2), 1 + Math.floor(Math.random() * MAX_SEED));
if (options.kind === 'help') say(HELP);
else if (options.kind === 'faults') {
  for (const fault of options.faults) process.stderr.write(`test:faults: ${fault}\n`);
  process.exitCode = EXIT_BAD_OPTIONS;
} else await runAll(options);
