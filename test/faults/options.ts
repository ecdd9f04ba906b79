import { parseArgs } from 'node:util';
import { serverHint } from '../support/test-servers.js';

/** The databases that a run can be on. */
export const DATABASE_NAMES = ['sqlite', 'postgres', 'mariadb'] as const;
export type DatabaseName = (typeof DATABASE_NAMES)[number];

/** The possible readings of the gateway's document: which repeated ids it blocks. */
export const DEDUPE_READINGS = ['forever', 'consecutive'] as const;
export type DedupeReading = (typeof DEDUPE_READINGS)[number];

/** The schedulers that can run the work of the processes. */
export const SCHEDULER_NAMES = ['in-process', 'bullmq'] as const;
export type SchedulerName = (typeof SCHEDULER_NAMES)[number];

/** Ways to break the run on purpose, to see that the suite notices it. */
export const BREAKS = ['repeat', 'polling', 'ceiling'] as const;
export type Break = (typeof BREAKS)[number];

/** One run: one database with one reading. */
export interface RunPlan {
  readonly database: DatabaseName;
  readonly dedupe: DedupeReading;
  readonly scheduler: SchedulerName;
  readonly recipients: number;
  /** Processes that send; with `bullmq` one more process stores and receives the reports. */
  readonly processes: number;
  /** Limit of the requests in flight, over all processes; `null` if there is none. */
  readonly ceiling: number | null;
  /** The messages are given to `send()` over this time. */
  readonly sendingMs: number;
  /** How long processes are still killed after the last `send()`. */
  readonly killingOnMs: number;
  /** Mean time between two kills. */
  readonly killEveryMs: number;
  /** How often all connections to the database are cut. */
  readonly cuts: number;
  /** Time limit of the run. */
  readonly boundMs: number;
  readonly seed: number;
  readonly broken: Break | null;
}

/** What the command line asks for. */
export type FaultOptions =
  | { readonly kind: 'help' }
  | { readonly kind: 'faults'; readonly faults: readonly string[] }
  | {
      readonly kind: 'run';
      readonly plans: readonly RunPlan[];
      /** Whether a database was named: if it is missing, that is a failure. */
      readonly named: boolean;
      readonly keep: boolean;
    };

export const HELP = `npm run test:faults -- [options]

Sends messages through real processes and a gateway with every kind of fault, kills the processes, and checks that no
recipient was lost and none was sent the same message twice.

  --database sqlite|postgres|mariadb|all   database of the run             default all
  --dedupe forever|consecutive|both        which repeated ids are blocked  default both
  --scheduler in-process|bullmq            what schedules the work         default in-process
  --ceiling <number>                       requests in flight with bullmq  default 12, 4 with --quick
  --recipients <number>                    of each run                     default 10000
  --processes <number>                     application processes           default 1 on sqlite, 3 on a server
  --minutes <number>                       time limit of one run           default 10
  --seed <number>                          seed of all random choices      default random, and printed
  --quick                                  1000 recipients, one reading per database, under 3 minutes
  --keep                                   keep files and databases also on success
  --break repeat|polling|ceiling           break the run on purpose, to see that the suite fails
  --help

With bullmq (on postgres if no database is named) one API process stores, and three worker processes without HTTP send.
They use a redis-server that the run starts for itself; it is emptied several times, killed and restarted.

Servers: ${serverHint('postgres')} and
${serverHint('mariadb')}. Each run creates a database sms_pro_faults_<random> there and
drops it. The server itself is never stopped: to simulate its restart, every connection to that database is cut.
Exit code 0: every promise was kept; 1: one was broken, and the files are kept; 2: an option is wrong.`;

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** Time, per recipient, over which a long run spreads its messages. */
const SENDING_MS_EACH = 4;

/** An option that takes one of some words, or a word for all of them. */
interface WordOption<T extends string> {
  readonly option: string;
  readonly all: readonly T[];
  readonly allName: string;
}

function oneOrAll<T extends string>(
  value: string,
  { option, all, allName }: WordOption<T>,
  faults: string[],
): readonly T[] {
  if (value === allName) return all;
  const found = all.find((one) => one === value);
  if (found !== undefined) return [found];
  faults.push(`--${option} is ${all.join(', ')} or ${allName}, not "${value}".`);
  return [];
}

function positive(value: string, option: string, faults: string[]): number {
  const number = Number(value);
  if (Number.isFinite(number) && number > 0) return number;
  faults.push(`--${option} is a number above 0, not "${value}".`);
  return 1;
}

function parsed(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      database: { type: 'string' },
      dedupe: { type: 'string', default: 'both' },
      scheduler: { type: 'string', default: 'in-process' },
      ceiling: { type: 'string' },
      recipients: { type: 'string' },
      processes: { type: 'string' },
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string' },
      break: { type: 'string' },
      quick: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values;
}

/** Reads the command line. */
export function readOptions(args: readonly string[], drawnSeed: number): FaultOptions {
  let values: ReturnType<typeof parsed>;
  try {
    values = parsed(args);
  } catch (error) {
    return { kind: 'faults', faults: [error instanceof Error ? error.message : String(error)] };
  }
  if (values.help) return { kind: 'help' };
  const faults: string[] = [];
  const { quick } = values;
  const scheduler = oneOrAll<SchedulerName>(
    values.scheduler,
    { option: 'scheduler', all: SCHEDULER_NAMES, allName: 'none' },
    faults,
  )[0];
  const isFleet = scheduler === 'bullmq';
  const wanted = values.database ?? (isFleet ? 'postgres' : 'all');
  const databases = oneOrAll(wanted, { option: 'database', all: DATABASE_NAMES, allName: 'all' }, faults).filter(
    (name) => name !== 'sqlite' || !isFleet || wanted === 'sqlite',
  );
  if (isFleet && wanted === 'sqlite') {
    faults.push('--scheduler bullmq needs a server: several processes share the rows.');
  }
  // A quick run has too few messages to reach a high ceiling.
  const ceiling = Math.ceil(positive(values.ceiling ?? (quick ? '4' : '12'), 'ceiling', faults));
  const readings = oneOrAll(values.dedupe, { option: 'dedupe', all: DEDUPE_READINGS, allName: 'both' }, faults);
  const broken =
    values.break === undefined
      ? [null]
      : oneOrAll<Break>(values.break, { option: 'break', all: BREAKS, allName: 'none' }, faults).slice(0, 1);
  const recipients = Math.ceil(positive(values.recipients ?? (quick ? '1000' : '10000'), 'recipients', faults));
  const processes = values.processes === undefined ? null : positive(values.processes, 'processes', faults);
  const minutes = positive(values.minutes, 'minutes', faults);
  const seed = values.seed === undefined ? drawnSeed : Math.floor(positive(values.seed, 'seed', faults));
  if (faults.length > 0) return { kind: 'faults', faults };

  const plans = databases.flatMap((database, place) => {
    // A quick round takes the readings in turn, so that both are used.
    const taken = quick ? readings.slice(place % readings.length).slice(0, 1) : readings;
    return taken.map((dedupe): RunPlan => ({
      database,
      dedupe,
      scheduler: scheduler ?? 'in-process',
      ceiling: isFleet ? ceiling : null,
      recipients,
      processes: Math.ceil(processes ?? (database === 'sqlite' ? 1 : 3)),
      // In a long run kills go on for long, too.
      sendingMs: quick ? 10 * SECOND_MS : Math.max(40 * SECOND_MS, recipients * SENDING_MS_EACH),
      killingOnMs: (quick ? 2 : 10) * SECOND_MS,
      // A single process needs the time in between to get any work done.
      killEveryMs: (quick ? 3 : database === 'sqlite' ? 5 : 4) * SECOND_MS,
      cuts: database === 'sqlite' ? 0 : quick ? 1 : 3,
      boundMs: minutes * MINUTE_MS,
      seed,
      broken: broken[0] ?? null,
    }));
  });
  return { kind: 'run', plans, named: wanted !== 'all', keep: values.keep };
}
