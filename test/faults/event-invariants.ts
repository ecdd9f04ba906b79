import type { Facts, StoredEvent } from './facts.js';
import { FINAL_STATUSES, grouped, type Invariant } from './invariant.js';

const RECIPIENT_PREFIX = 'recipient.';

/** How far along the delivery is, by report code. Source: the partner API, table of reports. */
const RANK_OF_REPORT: Readonly<Record<string, number>> = { '0': 1, '1': 2, '2': 3, '3': 3, '4': 3, '5': 3, '7': 3 };
/** Report 7 says that no final report came; one of these may still follow it. */
const NO_FINAL_REPORT = '7';
const SETTLING: ReadonlySet<string> = new Set(['3', '4']);

function statusOf({ name }: StoredEvent): string {
  return name.slice(RECIPIENT_PREFIX.length);
}

const neverBack: Invariant = {
  promise: 'no status went back',
  check(facts) {
    const violations: string[] = [];
    const applied = facts.reports.filter((report) => report.applied);
    for (const [key, reports] of grouped(applied, ({ packetId, phone }) => `${packetId}, phone ${phone}`)) {
      for (const [place, report] of reports.entries()) {
        const before = reports[place - 1];
        if (before === undefined) continue;
        const settles = before.code === NO_FINAL_REPORT && SETTLING.has(report.code);
        if (settles || (RANK_OF_REPORT[report.code] ?? 0) > (RANK_OF_REPORT[before.code] ?? 0)) continue;
        violations.push(`Packet ${key}: report ${report.code} was applied after report ${before.code}.`);
      }
    }
    return { figures: `${facts.reports.length} reports, ${applied.length} of them moved a recipient`, violations };
  },
};

function faultOf(events: readonly StoredEvent[]): string | null {
  let ended: string | null = null;
  for (const event of events) {
    const status = statusOf(event);
    const isFinal = FINAL_STATUSES.has(status);
    if (ended === null) ended = isFinal ? status : null;
    else if (!isFinal) return `"${status}" was reported after "${ended}"`;
    else if (!event.late) return `"${status}" was reported after "${ended}", and not as late`;
  }
  return ended === null ? 'no final status was reported' : null;
}

const oneEndEach: Invariant = {
  promise: 'one final status was reported for each recipient, and nothing after it',
  check(facts) {
    const reported = facts.events.filter(({ name }) => name.startsWith(RECIPIENT_PREFIX));
    const recipients = grouped(reported, ({ messageId, phone }) => `${messageId ?? ''} ${phone ?? ''}`);
    const violations: string[] = [];
    for (const { messageId, packetId, phone } of facts.recipients) {
      const fault = faultOf(recipients.get(`${messageId} ${phone}`) ?? []);
      if (fault !== null) violations.push(`Phone ${phone} of packet ${packetId}: ${fault}.`);
    }
    const late = reported.filter((event) => event.late).length;
    return { figures: `${reported.length} events of recipients, ${late} late`, violations };
  },
};

const completedOnce: Invariant = {
  promise: 'message.completed was delivered exactly once per message',
  check(facts) {
    const completed = grouped(
      facts.events.filter(({ name }) => name === 'message.completed'),
      ({ messageId }) => messageId ?? '',
    );
    const violations: string[] = [];
    for (const { messageId, openRecipients, completedAt } of facts.messages) {
      const times = completed.get(messageId)?.length ?? 0;
      if (times !== 1) violations.push(`Message ${messageId}: message.completed was delivered ${times} times.`);
      if (completedAt === null || openRecipients !== 0) {
        violations.push(`Message ${messageId} has ${openRecipients} open recipients in its row.`);
      }
    }
    return { figures: `${completed.size} messages`, violations };
  },
};

const everyEventHeard: Invariant = {
  promise: 'every event reached its handler, and none is left waiting',
  check(facts: Facts) {
    const violations = facts.deliveries.map((delivery) => `A delivery is left: ${delivery}.`);
    let again = 0;
    for (const { eventId, name, state, packetId } of facts.events) {
      const times = facts.heard.get(eventId) ?? 0;
      again += Math.max(0, times - 1);
      const what = `Event ${eventId} (${name}${packetId === null ? '' : ` of packet ${packetId}`})`;
      if (state === 'pending') violations.push(`${what} still waits.`);
      else if (times === 0) violations.push(`${what} is done, and no handler heard it.`);
    }
    return { figures: `${facts.events.length} events, ${again} of them heard again after a kill`, violations };
  },
};

const heardInOrder: Invariant = {
  promise: 'no event of a recipient was heard out of order',
  check({ events, heard }) {
    // The file has the events in the order in which all processes heard them; an event heard again keeps its first place.
    const placeOf = new Map([...heard.keys()].map((eventId, place) => [eventId, place]));
    const ofRecipients = events.filter(({ phone, eventId }) => phone !== null && placeOf.has(eventId));
    const violations: string[] = [];
    let pairs = 0;
    for (const [key, reported] of grouped(
      ofRecipients,
      ({ messageId, phone }) => `${messageId ?? ''} ${phone ?? ''}`,
    )) {
      for (const [at, event] of reported.entries()) {
        const before = reported[at - 1];
        if (before === undefined) continue;
        pairs += 1;
        if ((placeOf.get(event.eventId) ?? 0) > (placeOf.get(before.eventId) ?? 0)) continue;
        violations.push(`Recipient ${key}: "${event.name}" was heard before "${before.name}", which came first.`);
      }
    }
    return { figures: `${pairs} events that followed another event of the same recipient`, violations };
  },
};

/** The promises about the events that the application gets. */
export const EVENT_INVARIANTS: readonly Invariant[] = [
  neverBack,
  oneEndEach,
  completedOnce,
  everyEventHeard,
  heardInOrder,
];
