import { lifeOf, type Lives } from './life.js';

/** A report that was forced for a phone, in place of the one that its life gives. */
export interface ForcedReport {
  readonly report: number;
  readonly sentAt: number | null;
  readonly receivedAt: number | null;
}

/** An accepted send: one text to 1 to 50 phones. Instants are epoch milliseconds. */
export interface Packet {
  readonly login: string;
  readonly id: string;
  readonly phones: readonly string[];
  readonly sender: string;
  readonly text: string;
  readonly segments: number;
  /** What one phone of the packet costs, in tyiyn. */
  readonly priceTyiyn: number;
  readonly acceptedAt: number;
  /** When its life begins: the requested `time`, or acceptance. */
  readonly startsAt: number;
  /** `lives` as it was at acceptance: a later change applies to later packets only. */
  readonly lives: Readonly<Lives>;
  readonly seed: number;
  forced: Map<string, ForcedReport> | null;
}

/** The report of one phone at one instant. */
export type Report = ForcedReport;

/** Codes of a message that the operator never got. */
const NEVER_SENT: ReadonlySet<number> = new Set([2, 5]);
/** Codes that report an answer of the phone's network. */
const ANSWERED: ReadonlySet<number> = new Set([3, 4]);

export function reportAt(packet: Packet, phone: string, now: number): Report {
  const forced = packet.forced?.get(phone);
  if (forced !== undefined) return forced;
  const life = lifeOf(packet.lives, packet.seed, packet.id, phone);
  const sentAt = packet.startsAt + life.sentAfterMs;
  const endsAt = packet.startsAt + life.deliveredAfterMs;
  if (life.report === 0 || now < sentAt) return { report: 0, sentAt: null, receivedAt: null };
  if (NEVER_SENT.has(life.report)) return { report: life.report, sentAt: null, receivedAt: null };
  if (life.report === 1 || now < endsAt) return { report: 1, sentAt, receivedAt: null };
  return { report: life.report, sentAt, receivedAt: ANSWERED.has(life.report) ? endsAt : null };
}

/** A change of the report of some phones of a packet. */
export interface LifeEvent {
  readonly at: number;
  readonly final: boolean;
  readonly phones: string[];
}

/** The instants at which reports of the packet change, each with the phones it changes for. */
export function lifeEvents(packet: Packet): LifeEvent[] {
  // Many phones share a few instants: searching this list costs less than a map.
  const events: LifeEvent[] = [];
  const add = (at: number, final: boolean, phone: string): void => {
    const known = events.find((event) => event.at === at && event.final === final);
    if (known === undefined) events.push({ at, final, phones: [phone] });
    else known.phones.push(phone);
  };
  for (const phone of packet.phones) {
    const life = lifeOf(packet.lives, packet.seed, packet.id, phone);
    const neverSent = NEVER_SENT.has(life.report);
    if (life.report !== 0) add(packet.startsAt + life.sentAfterMs, neverSent, phone);
    if (life.report > 1 && !neverSent) add(packet.startsAt + life.deliveredAfterMs, true, phone);
  }
  return events;
}
