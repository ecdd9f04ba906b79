import {
  assertShape,
  isCount,
  isDuration,
  isFlag,
  isListOf,
  isObject,
  isOneOf,
  isPositive,
  isText,
  orNull,
  type Check,
  type Shape,
} from '../settings/shape.js';
import { readZone } from '../wire/gateway-time.js';

/** Which repeated ids get status 10. The document says both "must be unique" and "repeated consecutively". */
export type Dedupe = 'forever' | 'consecutive' | 'none' | { readonly windowMs: number };

/** One setting for each thing that is unknown about the gateway. */
export interface Dials {
  /** Which repeated ids are blocked. @default 'forever' */
  dedupe: Dedupe;
  /** Does a send that was refused with 1 to 8 use up its id? @default false */
  rejectedUsesId: boolean;
  /** Does a test send (status 11) use up its id? @default true */
  testUsesId: boolean;
  /** Are `ab1` and `AB1` different ids? @default true */
  idCaseSensitive: boolean;
  /** `document`: 1 to 12 Latin letters and digits; `lenient`: 1 to 64 characters without spaces. @default 'document' */
  idForm: 'document' | 'lenient';
  /** Milliseconds from acceptance until `/api/dr` finds the id. @default 0 */
  drRegistrationDelayMs: number;
  /** Milliseconds from acceptance until `/api/dr` forgets the id; null is never. @default null */
  drMemoryMs: number | null;
  /** Concurrent calls of `/api/dr` for one id before status 5; null is no limit. @default 1 */
  drConcurrentPerId: number | null;
  /**
   * Delay, in milliseconds, before a request whose answer was lost to a fault is processed; also for one that got
   * status 9 and is processed anyway. @default 0
   */
  lateProcessingMs: number;
  /** Concurrent sends of one account before status 9; null is no limit. @default null */
  maxConcurrentRequests: number | null;
  /** Sends of one account per second before status 9; null is no limit. @default null */
  maxRequestsPerSecond: number | null;
  /** Is a send that got status 9 for overload processed anyway? @default false */
  busyIsProcessed: boolean;
  /** Time zone of `sendTime` and `rcvTime`, such as `+06:00`. @default '+06:00' */
  reportZone: string;
  /** Is `smscnt` set when the status is 11? @default true */
  smscntOnTest: boolean;
  /** Are `phones` and `smscnt` set in the refusal of a readable request? @default true */
  countsOnRejection: boolean;
  /** With bad phones among good ones (status 7): is nothing sent, or are the good ones? @default 'nothing-sent' */
  badPhones: 'nothing-sent' | 'good-phones-sent';
  /** Patterns of phones that are skipped silently: status 0 with a lower `phones`. @default [] */
  unrecognisedPhones: string[];
  /** Which texts are counted by 160 and 153: those in the GSM 03.38 alphabet, or only ASCII. @default 'gsm-7' */
  latinAlphabet: 'gsm-7' | 'ascii';
  /** `^ { } [ ] ~ | \ €`: count as two characters, as one, or make the text count by 70. @default 'two' */
  extensionCharacters: 'two' | 'one' | 'unicode';
  /** Units of an emoji in a text counted by 70. @default 2 */
  emojiUnits: 1 | 2;
  /** The unit of the limit of 800. @default 'utf16' */
  textLimitUnit: 'utf16' | 'code-points';
}

export const DEFAULT_DIALS: Readonly<Dials> = {
  dedupe: 'forever',
  rejectedUsesId: false,
  testUsesId: true,
  idCaseSensitive: true,
  idForm: 'document',
  drRegistrationDelayMs: 0,
  drMemoryMs: null,
  drConcurrentPerId: 1,
  lateProcessingMs: 0,
  maxConcurrentRequests: null,
  maxRequestsPerSecond: null,
  busyIsProcessed: false,
  reportZone: '+06:00',
  smscntOnTest: true,
  countsOnRejection: true,
  badPhones: 'nothing-sent',
  unrecognisedPhones: [],
  latinAlphabet: 'gsm-7',
  extensionCharacters: 'two',
  emojiUnits: 2,
  textLimitUnit: 'utf16',
};

const isDedupe: Check = (value) => {
  if (isObject(value)) return isDuration(value['windowMs']) === null ? null : 'needs windowMs in milliseconds';
  return isOneOf('forever', 'consecutive', 'none')(value)?.concat(' or { windowMs }') ?? null;
};

const isZone: Check = (value) =>
  typeof value === 'string' && readZone(value) !== null ? null : 'must be written like +06:00';

const DIALS_SHAPE: Shape<Dials> = {
  dedupe: isDedupe,
  rejectedUsesId: isFlag,
  testUsesId: isFlag,
  idCaseSensitive: isFlag,
  idForm: isOneOf('document', 'lenient'),
  drRegistrationDelayMs: isDuration,
  drMemoryMs: orNull(isDuration),
  drConcurrentPerId: orNull(isPositive),
  lateProcessingMs: isDuration,
  maxConcurrentRequests: orNull(isPositive),
  maxRequestsPerSecond: orNull(isCount),
  busyIsProcessed: isFlag,
  reportZone: isZone,
  smscntOnTest: isFlag,
  countsOnRejection: isFlag,
  badPhones: isOneOf('nothing-sent', 'good-phones-sent'),
  unrecognisedPhones: isListOf(isText),
  latinAlphabet: isOneOf('gsm-7', 'ascii'),
  extensionCharacters: isOneOf('two', 'one', 'unicode'),
  emojiUnits: isOneOf(1, 2),
  textLimitUnit: isOneOf('utf16', 'code-points'),
};

/** @throws SimulatorInputError */
export function changeDials(dials: Readonly<Dials>, changes: unknown): Dials {
  assertShape<Partial<Dials>>(changes, DIALS_SHAPE, 'dials');
  return { ...dials, ...changes };
}
