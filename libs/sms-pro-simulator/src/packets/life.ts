import { randomOf } from '../clock/seeded-random.js';
import { matchesPhone } from '../faults/phone-pattern.js';
import {
  assertShape,
  isDuration,
  isFlag,
  isInteger,
  isListOf,
  isProbability,
  isShape,
  isText,
  type Shape,
} from '../settings/shape.js';

/** Which reports the messages to some phones get. The first rule that matches is used. */
export interface LifeRule {
  /** 12 digits, or a pattern with one `*`. @default '*' */
  phone?: string;
  /** The id of the packet. @default any */
  packetId?: string;
  /** The share of these phones to which the rule applies. @default 1 */
  probability?: number;
  /** The last report code. With 0 a message stays queued, with 1 it stays sent. It may be an unknown code. */
  report: number;
  /** Milliseconds from acceptance (or from the requested time) to code 1. @default as in `Lives` */
  sentAfterMs?: number;
  /** Milliseconds from acceptance (or from the requested time) to the last code. @default as in `Lives` */
  deliveredAfterMs?: number;
}

/** How the reports of a message change over time: queued (0), sent (1), and a last code. */
export interface Lives {
  /** @default 200 */
  sentAfterMs: number;
  /** @default 1000 */
  deliveredAfterMs: number;
  /** The last code of a message to which no rule and no ending applies. @default 3 */
  report: number;
  /** Do the number endings (`…0004` and so on) apply? Rules come before them. @default true */
  endings: boolean;
  /** @default [] */
  rules: LifeRule[];
}

export const DEFAULT_LIVES: Readonly<Lives> = {
  sentAfterMs: 200,
  deliveredAfterMs: 1000,
  report: 3,
  endings: true,
  rules: [],
};

/** The last report code by the last four digits of a phone, to try without writing a rule. */
const ENDINGS: Readonly<Record<string, number>> = {
  '0000': 1,
  '0001': 0,
  '0002': 2,
  '0004': 4,
  '0005': 5,
  '0006': 6,
  '0007': 7,
};

const RULE_SHAPE: Shape<LifeRule> = {
  phone: isText,
  packetId: isText,
  probability: isProbability,
  report: isInteger,
  sentAfterMs: isDuration,
  deliveredAfterMs: isDuration,
};

const LIVES_SHAPE: Shape<Lives> = {
  sentAfterMs: isDuration,
  deliveredAfterMs: isDuration,
  report: isInteger,
  endings: isFlag,
  rules: isListOf((value) => isShape(RULE_SHAPE)(value) ?? needsReport(value)),
};

/** @throws SimulatorInputError */
export function changeLives(lives: Readonly<Lives>, changes: unknown): Lives {
  assertShape<Partial<Lives>>(changes, LIVES_SHAPE, 'lives');
  return { ...lives, ...changes };
}

/** The reports of one message over time: when it is sent, when it gets its last code, and which. */
export interface Life {
  readonly sentAfterMs: number;
  readonly deliveredAfterMs: number;
  readonly report: number;
}

/**
 * The life of one phone of a packet. It is computed at each call, always with the same result: nothing is stored for a
 * phone, so that packets of 50 phones cost no more than packets of one.
 */
export function lifeOf(lives: Readonly<Lives>, seed: number, packetId: string, phone: string): Life {
  const rule =
    lives.rules.length === 0
      ? undefined
      : lives.rules.find((one, at) =>
          applies(one, { packetId, phone, draw: () => randomOf(seed, `${packetId}/${phone}/${at}`) }),
        );
  const ending = lives.endings ? ENDINGS[phone.slice(-4)] : undefined;
  const sentAfterMs = rule?.sentAfterMs ?? lives.sentAfterMs;
  return {
    report: rule?.report ?? ending ?? lives.report,
    sentAfterMs,
    deliveredAfterMs: Math.max(sentAfterMs, rule?.deliveredAfterMs ?? lives.deliveredAfterMs),
  };
}

/** What a rule is held against. */
interface LifeSubject {
  readonly packetId: string;
  readonly phone: string;
  /** A number from 0 to 1, the same each time. */
  readonly draw: () => number;
}

function applies(rule: LifeRule, { packetId, phone, draw }: LifeSubject): boolean {
  if (rule.phone !== undefined && !matchesPhone(rule.phone, phone)) return false;
  if (rule.packetId !== undefined && rule.packetId !== packetId) return false;
  return rule.probability === undefined || draw() < rule.probability;
}

function needsReport(value: unknown): string | null {
  return typeof value === 'object' && value !== null && 'report' in value ? null : 'needs a report code';
}
