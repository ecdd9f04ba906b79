import {
  findFaults,
  isCount,
  isDuration,
  isFlag,
  isInteger,
  isObject,
  isOneOf,
  isPositive,
  isProbability,
  isText,
  SimulatorInputError,
  type Check,
  type Shape,
} from '../settings/shape.js';

/** Which requests (or, for `push`, which reports) a rule matches. A field that is omitted matches everything. */
export interface FaultMatch {
  /** @default any of the four calls; `push` for the actions on reports */
  call?: 'message' | 'dr' | 'def' | 'info' | 'push';
  /** Login of the account. */
  account?: string;
  /** 12 digits, or a pattern with one `*`; matches when one phone of the request does. */
  phone?: string;
  id?: string;
  /** The share of the matches to which the rule is applied. @default 1 */
  probability?: number;
  /** How many times it is applied before it stops. @default no limit */
  times?: number;
  /** How many matches pass before it starts. @default 0 */
  after?: number;
}

/** A request that is processed although its answer is lost. */
interface Lateness {
  /** Delay of the processing, in milliseconds of the simulator's clock. @default the dial `lateProcessingMs` */
  lateMs?: number;
}

/** Faults in answering a request. "Processed" means: with all its effects, as if the answer had arrived. */
export type RequestFault =
  /** The connection is closed and nothing is processed. */
  | { action: 'drop-before' }
  /** Processed, then the connection is closed without an answer. */
  | ({ action: 'drop-after' } & Lateness)
  /** The connection is reset (RST). @default processed false */
  | ({ action: 'reset'; processed?: boolean } & Lateness)
  /** No answer ever comes; the connection stays open. @default processed true */
  | ({ action: 'hang'; processed?: boolean } & Lateness)
  /** Processed; half of the answer is sent, then the connection is closed. */
  | { action: 'half-answer' }
  /** An HTTP error, nothing processed. @default status 503 */
  | { action: 'http-before'; status?: number }
  /** Processed, then an HTTP error. @default status 502 */
  | ({ action: 'http-after'; status?: number } & Lateness)
  /** A redirect, nothing processed. @default status 302, location '/' */
  | { action: 'redirect'; status?: number; location?: string }
  /** HTTP 200 with an HTML page. @default processed false */
  | ({ action: 'html'; processed?: boolean } & Lateness)
  /** HTTP 200 with no body. @default processed true */
  | ({ action: 'empty'; processed?: boolean } & Lateness)
  /** Bytes that are not HTTP. @default processed true */
  | ({ action: 'garbage'; processed?: boolean } & Lateness)
  /** A gateway status of your choice, also an unknown one. @default processed false */
  | ({
      action: 'status';
      code: number;
      processed?: boolean;
      message?: string;
      phones?: number;
      smscnt?: number;
    } & Lateness)
  /** Processed; the answer has another id. Changes nothing for calls whose answer has no id. */
  | { action: 'wrong-id' }
  /** Processed; the answer has no `<status>`. */
  | { action: 'no-status' }
  /**
   * The answer is sent `ms` later in real time, or between `ms` and `maxMs` later. It adds to any other fault. With
   * `processing: 'after'` the request is processed only then, even if the client has disconnected. @default 'before'
   */
  | { action: 'latency'; ms: number; maxMs?: number; processing?: 'before' | 'after' };

/** Faults in pushing a report. */
export type PushFault =
  /** Never pushed. */
  | { action: 'lost' }
  /** Pushed `ms` later on the simulator's clock. */
  | { action: 'late'; ms: number }
  /** Pushed twice. */
  | { action: 'doubled' }
  /** Pushed only after the phone's next report; the last report of a phone is never delayed. */
  | { action: 'reordered' }
  /** Pushed with an id that was never sent. */
  | { action: 'foreign-id' }
  /** The push that carries it is cut in the middle of its XML. */
  | { action: 'broken' };

/** A fault, and what it applies to. */
export type FaultRule = FaultMatch & (RequestFault | PushFault);

type AllKeys<Union> = Union extends unknown ? keyof Union : never;
type Extra = Exclude<AllKeys<RequestFault | PushFault>, 'action'>;

const MATCH_KEYS = new Set(['call', 'account', 'phone', 'id', 'probability', 'times', 'after', 'action']);

/** Every action with its own settings. Those in `NEEDED` are required. */
const REQUEST_ACTIONS: Readonly<Record<RequestFault['action'], readonly Extra[]>> = {
  'drop-before': [],
  'drop-after': ['lateMs'],
  reset: ['processed', 'lateMs'],
  hang: ['processed', 'lateMs'],
  'half-answer': [],
  'http-before': ['status'],
  'http-after': ['status', 'lateMs'],
  redirect: ['status', 'location'],
  html: ['processed', 'lateMs'],
  empty: ['processed', 'lateMs'],
  garbage: ['processed', 'lateMs'],
  status: ['code', 'processed', 'message', 'phones', 'smscnt', 'lateMs'],
  'wrong-id': [],
  'no-status': [],
  latency: ['ms', 'maxMs', 'processing'],
};
const PUSH_ACTIONS: Readonly<Record<PushFault['action'], readonly Extra[]>> = {
  lost: [],
  late: ['ms'],
  doubled: [],
  reordered: [],
  'foreign-id': [],
  broken: [],
};
const NEEDED: Readonly<Record<string, string>> = { status: 'code', latency: 'ms', late: 'ms' };

const isHttpStatus: Check = (value) =>
  Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599 ? null : 'must be an HTTP status, 200 to 599';

const RULE_SHAPE: Shape<Record<keyof FaultMatch | Extra | 'action', unknown>> = {
  call: isOneOf('message', 'dr', 'def', 'info', 'push'),
  account: isText,
  phone: isText,
  id: isText,
  probability: isProbability,
  times: isPositive,
  after: isCount,
  action: isOneOf(...Object.keys(REQUEST_ACTIONS), ...Object.keys(PUSH_ACTIONS)),
  processed: isFlag,
  lateMs: isDuration,
  status: isHttpStatus,
  location: isText,
  code: isInteger,
  message: isText,
  phones: isCount,
  smscnt: isCount,
  ms: isDuration,
  maxMs: isDuration,
  processing: isOneOf('before', 'after'),
};

/** @throws SimulatorInputError */
export function assertFaultRule(rule: unknown): asserts rule is FaultRule {
  const faults = findFaults(rule, RULE_SHAPE, 'fault');
  if (isObject(rule) && faults.length === 0) faults.push(...findMisuse(rule));
  if (faults.length > 0) throw new SimulatorInputError(faults);
}

export function isPushFault(rule: FaultRule): rule is FaultMatch & PushFault {
  return Object.hasOwn(PUSH_ACTIONS, rule.action);
}

function findMisuse(rule: Record<string, unknown>): string[] {
  const action = String(rule['action']);
  const own = { ...REQUEST_ACTIONS, ...PUSH_ACTIONS }[action as FaultRule['action']];
  if (own === undefined) return ['fault.action is missing'];
  const faults = Object.keys(rule)
    .filter((key) => rule[key] !== undefined && !MATCH_KEYS.has(key) && !own.some((name) => name === key))
    .map((key) => `fault.${key} does not apply to the action "${action}"`);
  const needed = NEEDED[action];
  if (needed !== undefined && rule[needed] === undefined) faults.push(`fault.${needed} is needed for "${action}"`);
  const forPush = Object.hasOwn(PUSH_ACTIONS, action);
  if (rule['call'] !== undefined && (rule['call'] === 'push') !== forPush) {
    faults.push(`fault.action "${action}" is ${forPush ? 'for' : 'not for'} the call "push"`);
  }
  return faults;
}
