import type { SimulatorAccount } from './account/account.js';
import type { SimulatorClock } from './clock/simulator-clock.js';
import type { Dials } from './dials/dials.js';
import type { FaultRule } from './faults/fault-rule.js';
import type { Lives } from './packets/life.js';
import type { PushSettings } from './push/push.settings.js';
import {
  assertShape,
  isCount,
  isFilled,
  isInteger,
  isListOf,
  isObject,
  isOneOf,
  isPositive,
  orNull,
  type Check,
  type Shape,
} from './settings/shape.js';
import type { AnswerForm } from './wire/answers.js';

/** The settings that a configuration file can hold too. */
export interface SimulatorSettings {
  /** 0 picks a free port. @default 0 (8025 on the command line) */
  port?: number;
  /** The address to listen on. @default '127.0.0.1' */
  host?: string;
  /** @default one account: login `demo`, password `demo` */
  accounts?: SimulatorAccount[];
  /** Seed of all random choices: the same seed makes the same choices. @default 1 */
  seed?: number;
  /** How `/api/message` answers: like the live gateway, or as the document prints it. @default 'live' */
  answerForm?: AnswerForm;
  /** Choices for what is unknown about the gateway. @default see `Dials` */
  dials?: Partial<Dials>;
  /** @default [] */
  faults?: FaultRule[];
  /** Which reports messages get, and when. @default see `Lives` */
  lives?: Partial<Lives>;
  /** How reports are pushed. @default see `PushSettings` */
  push?: Partial<PushSettings>;
  /**
   * `counts` keeps only counts of the ledger, the requests and the pushes, and the latest `maxPackets` packets: for
   * long load tests. @default 'all'
   */
  keep?: 'all' | 'counts';
  /** How many of the latest requests (and pushes) the logs keep. @default 100000, with `keep: 'counts'` 0 */
  maxRequests?: number;
  /** How many of the latest packets `/api/dr` can find; null is all. @default null, with `keep: 'counts'` 50000 */
  maxPackets?: number | null;
}

/** The options of `startSimulator`. */
export interface SimulatorOptions extends SimulatorSettings {
  /** A clock from `createManualClock()`, which stands still until the test moves it. @default real time */
  clock?: SimulatorClock;
}

/** The settings with all defaults filled in. */
export interface ResolvedSettings extends Required<Omit<SimulatorSettings, 'accounts' | 'port' | 'host'>> {
  accounts: SimulatorAccount[] | undefined;
  port: number;
  host: string;
}

const isPort: Check = (value) =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535 ? null : 'must be a port, 0 to 65535';
/** Each group is checked where it is used; here it only has to be an object. */
const isGroup: Check = (value) => (isObject(value) ? null : 'must be an object');

const SETTINGS_SHAPE: Shape<SimulatorSettings> = {
  port: isPort,
  host: isFilled,
  accounts: isListOf(isGroup),
  seed: isInteger,
  answerForm: isOneOf('live', 'document'),
  dials: isGroup,
  faults: isListOf(isGroup),
  lives: isGroup,
  push: isGroup,
  keep: isOneOf('all', 'counts'),
  maxRequests: isCount,
  maxPackets: orNull(isPositive),
};

/** @throws SimulatorInputError */
export function resolveSettings(settings: unknown): ResolvedSettings {
  assertShape<SimulatorSettings>(settings, SETTINGS_SHAPE, 'options');
  const keep = settings.keep ?? 'all';
  return {
    port: settings.port ?? 0,
    host: settings.host ?? '127.0.0.1',
    accounts: settings.accounts,
    seed: settings.seed ?? 1,
    answerForm: settings.answerForm ?? 'live',
    dials: settings.dials ?? {},
    faults: settings.faults ?? [],
    lives: settings.lives ?? {},
    push: settings.push ?? {},
    keep,
    maxRequests: settings.maxRequests ?? (keep === 'counts' ? 0 : 100_000),
    maxPackets: settings.maxPackets ?? (keep === 'counts' ? 50_000 : null),
  };
}
