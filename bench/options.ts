import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.js';
import { DATABASE_NAMES, type DatabaseName, type Extent } from './extent.js';

/** One benchmark on one database. */
export interface Measurement {
  readonly benchmark: Benchmark;
  readonly database: DatabaseName;
  readonly extent: Extent;
  readonly runs: number;
}

/** What the command line asks for. */
export type BenchOptions =
  | { readonly kind: 'help' }
  | { readonly kind: 'faults'; readonly faults: readonly string[] }
  | {
      readonly kind: 'run';
      readonly measurements: readonly Measurement[];
      /** Whether a database was named: if it is missing, that is a failure. */
      readonly named: boolean;
      readonly write: boolean;
      readonly profile: boolean;
    };

const USUAL_RUNS = 5;
const QUICK_RUNS = 1;

/** The help text. */
export function help(benchmarks: readonly Benchmark[]): string {
  const width = Math.max(...benchmarks.map(({ name }) => name.length));
  const list = benchmarks.map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`).join('\n');
  return `npm run bench -- [options]

Runs each benchmark in turns with its floor (what cannot be beaten) and its peer (the same feature written by hand).

  --only <benchmark>[,<benchmark>…]              only these benchmarks
  --database sqlite|postgres|mariadb|all         default all
  --runs <number>                                runs of each side, default ${USUAL_RUNS}
  --quick                                        a second or two each: shows only that they work and lose nothing
  --million                                      stream alone, with 1,000,000 recipients
  --rows <number>                                curve alone, on PostgreSQL also with this many rows in each table
  --write                                        keep the figures in bench/results.json and bench/RESULTS.md
  --profile                                      time every SQL statement, and keep CPU profiles in a folder of /tmp
  --help

${list}

Servers: SMS_PRO_TEST_POSTGRES_URL, SMS_PRO_TEST_MARIADB_URL, SMS_PRO_TEST_REDIS_URL, or else the default ports
of 127.0.0.1. Each benchmark creates databases sms_pro_bench_<random> and drops them.`;
}

function parsed(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      database: { type: 'string', default: 'all' },
      runs: { type: 'string' },
      rows: { type: 'string' },
      quick: { type: 'boolean', default: false },
      million: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values;
}

function whole(value: string | undefined, option: string, faults: string[]): number | null {
  if (value === undefined) return null;
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  faults.push(`--${option} is a whole number above 0, not "${value}".`);
  return null;
}

/** Reads the command line. */
export function readOptions(args: readonly string[], benchmarks: readonly Benchmark[]): BenchOptions {
  let values: ReturnType<typeof parsed>;
  try {
    values = parsed(args);
  } catch (error) {
    return { kind: 'faults', faults: [error instanceof Error ? error.message : String(error)] };
  }
  if (values.help) return { kind: 'help' };
  const faults: string[] = [];
  const { quick, million, database, write, profile } = values;
  const runs = whole(values.runs, 'runs', faults) ?? (quick ? QUICK_RUNS : USUAL_RUNS);
  const rows = whole(values.rows, 'rows', faults);
  const databases = DATABASE_NAMES.filter((name) => database === 'all' || database === name);
  if (databases.length === 0) faults.push(`--database is ${DATABASE_NAMES.join(', ')} or all, not "${database}".`);
  const names = values.only?.split(',') ?? alone({ million, rows });
  for (const name of names ?? []) {
    if (!benchmarks.some((benchmark) => benchmark.name === name)) {
      faults.push(`There is no benchmark "${name}": see --help.`);
    }
  }
  if (faults.length > 0) return { kind: 'faults', faults };
  const extent: Extent = { size: quick ? 'quick' : million ? 'whole' : 'usual', rows };
  const measurements = benchmarks
    .filter(({ name }) => names === null || names.includes(name))
    .flatMap((benchmark) =>
      benchmark.databases
        .filter((name) => databases.includes(name))
        .map((name) => ({ benchmark, database: name, extent, runs: Math.min(runs, benchmark.maxRuns ?? runs) })),
    );
  return { kind: 'run', measurements, named: database !== 'all', write, profile };
}

/** `--million` and `--rows` each belong to one benchmark: without `--only` no other one runs. */
function alone({ million, rows }: { readonly million: boolean; readonly rows: number | null }): string[] | null {
  const names = [...(million ? ['stream'] : []), ...(rows === null ? [] : ['curve'])];
  return names.length > 0 ? names : null;
}
