import type { Random } from '../clock/seeded-random.js';
import type { GatewayCall } from '../wire/answers.js';
import {
  assertFaultRule,
  isPushFault,
  type FaultMatch,
  type FaultRule,
  type PushFault,
  type RequestFault,
} from './fault-rule.js';
import { matchesPhone } from './phone-pattern.js';

/** The request or report that a rule is matched against. */
export interface FaultSubject {
  readonly call: GatewayCall | 'push';
  readonly account: string;
  readonly id: string;
  /** 12 digits each if they are well-formed. */
  readonly phones: readonly string[];
}

type Latency = Extract<RequestFault, { action: 'latency' }>;
/** A fault that decides the answer to a request. */
export type EndingFault = Exclude<RequestFault, Latency>;

/** The faults of one request. */
export interface FaultVerdict {
  readonly ending: EndingFault | null;
  /** Milliseconds in real time, 0 for none. */
  readonly latencyMs: number;
  /** Does processing wait for the latency to pass? */
  readonly processesAfterLatency: boolean;
}

interface Entry {
  readonly rule: FaultRule;
  seen: number;
  taken: number;
}

/** The faults of a request that no rule matches: none. */
export const NO_FAULT: FaultVerdict = { ending: null, latencyMs: 0, processesAfterLatency: false };

/** The fault rules, in the order in which they were given. The first one that matches is used. */
export class FaultInjector {
  private entries: Entry[] = [];

  constructor(private readonly random: Random) {}

  /** @throws SimulatorInputError */
  add(rule: FaultRule): void {
    assertFaultRule(rule);
    this.entries.push({ rule: { ...rule }, seen: 0, taken: 0 });
  }

  get isEmpty(): boolean {
    return this.entries.length === 0;
  }

  clear(): void {
    this.entries = [];
  }

  /** The rules, each with how many times it was applied. */
  all(): (FaultRule & { readonly taken: number })[] {
    return this.entries.map(({ rule, taken }) => ({ ...rule, taken }));
  }

  /** Chooses the faults of one request. Latencies add up; of the others the first that matches is used. */
  forRequest(subject: FaultSubject): FaultVerdict {
    let ending: EndingFault | null = null;
    let latencyMs = 0;
    let processesAfterLatency = false;
    for (const entry of this.entries) {
      const { rule } = entry;
      if (isPushFault(rule)) continue;
      if (rule.action === 'latency') {
        if (!this.applies(entry, subject)) continue;
        latencyMs += rule.ms + Math.max(0, (rule.maxMs ?? rule.ms) - rule.ms) * this.random();
        processesAfterLatency ||= rule.processing === 'after';
      } else if (ending === null && this.applies(entry, subject)) {
        ending = rule;
      }
    }
    return { ending, latencyMs, processesAfterLatency };
  }

  /** The fault of one report that is about to be pushed, or null. */
  forReport(subject: FaultSubject): PushFault | null {
    for (const entry of this.entries) {
      if (isPushFault(entry.rule) && this.applies(entry, subject)) return entry.rule;
    }
    return null;
  }

  private applies(entry: Entry, subject: FaultSubject): boolean {
    const { rule } = entry;
    if (!matches(rule, subject) || entry.taken >= (rule.times ?? Number.POSITIVE_INFINITY)) return false;
    entry.seen += 1;
    if (entry.seen <= (rule.after ?? 0)) return false;
    if (rule.probability !== undefined && this.random() >= rule.probability) return false;
    entry.taken += 1;
    return true;
  }
}

function matches(rule: FaultMatch, { call, account, id, phones }: FaultSubject): boolean {
  const { phone: pattern } = rule;
  return (
    (rule.call === undefined || rule.call === call) &&
    (rule.account === undefined || rule.account === account) &&
    (rule.id === undefined || rule.id === id) &&
    (pattern === undefined || phones.some((phone) => matchesPhone(pattern, phone)))
  );
}
