import type { Facts, SentSms, StoredRecipient } from './facts.js';
import { FINAL_STATUSES, grouped, type Finding, type Invariant } from './invariant.js';

/** Reasons of a rejection by report: the gateway had accepted and billed the message before. */
const REFUSED_BY_REPORT: ReadonlySet<string> = new Set(['operator-refused', 'funds']);

/** The status that the gateway's last report means. Source: the partner API, table of reports. */
const STATUS_OF_REPORT: Readonly<Record<number, string>> = {
  2: 'rejected',
  3: 'delivered',
  4: 'undelivered',
  5: 'rejected',
  7: 'unknown',
};

function recipientKey({ messageId, phone }: { readonly messageId: string; readonly phone: string }): string {
  return `${messageId} ${phone}`;
}

const nobodyLost: Invariant = {
  promise: 'whoever send() accepted reached a final status',
  check(facts) {
    const stored = new Map(facts.recipients.map((recipient) => [recipientKey(recipient), recipient]));
    const violations: string[] = [];
    let recipients = 0;
    for (const { messageId, phones } of facts.accepted) {
      for (const phone of phones) {
        recipients += 1;
        const recipient = stored.get(recipientKey({ messageId, phone }));
        if (recipient === undefined) {
          violations.push(`Message ${messageId} was accepted, and its phone ${phone} is not in the store.`);
        } else if (!FINAL_STATUSES.has(recipient.status)) {
          violations.push(`Phone ${phone} of packet ${recipient.packetId} stays "${recipient.status}".`);
        }
      }
    }
    return {
      figures: `${recipients} recipients of ${facts.accepted.length} messages, ${violations.length} lost`,
      violations,
    };
  },
};

const oneMessagePerKey: Invariant = {
  promise: 'a repeated send() stored nothing twice',
  check(facts) {
    const accepted = new Set(facts.accepted.map(({ messageId }) => messageId));
    const violations = facts.messages
      .filter(({ messageId }) => !accepted.has(messageId))
      .map(
        ({ messageId, reference }) => `Message ${messageId} of key ${reference} is stored, and no receipt names it.`,
      );
    return { figures: `${facts.messages.length} messages stored`, violations };
  },
};

const nobodyTwice: Invariant = {
  promise: 'nobody was sent the same message twice',
  check(facts) {
    const violations = [...grouped(facts.sent, ({ phone, text }) => `${phone} ${text}`).values()]
      .filter((entries) => entries.length > 1)
      .map((entries) => {
        const ids = entries.map(({ packetId }) => packetId).join(', ');
        return `Phone ${entries[0]?.phone ?? ''} was sent the same text ${entries.length} times, by packets ${ids}.`;
      });
    return { figures: `${facts.sent.length} SMS sent, ${violations.length} twice`, violations };
  },
};

/** How often the gateway must have sent to a recipient with this final status; `null` if both are possible. */
function timesSent({ status, reason }: StoredRecipient): 0 | 1 | null {
  if (status === 'delivered' || status === 'undelivered') return 1;
  if (status === 'rejected') return reason !== null && REFUSED_BY_REPORT.has(reason) ? 1 : 0;
  if (status === 'expired' || status === 'canceled') return 0;
  if (status === 'unknown') return reason === 'no-final-report' ? 1 : null;
  return null;
}

function mismatch(recipient: StoredRecipient, entries: readonly SentSms[]): string | null {
  const { phone, packetId, status } = recipient;
  const wanted = timesSent(recipient);
  if (wanted === 1 && entries.length === 0) {
    return `Phone ${phone} of packet ${packetId} is "${status}" and was never sent.`;
  }
  if (wanted === 0 && entries.length > 0) return `Phone ${phone} of packet ${packetId} is "${status}" and was sent.`;
  const [entry] = entries;
  if (entry === undefined || status === 'unknown') return null;
  const said = STATUS_OF_REPORT[entry.report];
  if (said === undefined || said === status || !FINAL_STATUSES.has(status)) return null;
  return `Phone ${phone} of packet ${packetId} is "${status}", and the gateway reports ${entry.report}.`;
}

const reportedAsItWas: Invariant = {
  promise: 'the reported status is what the gateway did',
  check(facts) {
    const sent = grouped(facts.sent, ({ phone }) => phone);
    const counts = new Map<string, number>();
    const violations: string[] = [];
    for (const recipient of facts.recipients) {
      counts.set(recipient.status, (counts.get(recipient.status) ?? 0) + 1);
      const sentence = mismatch(recipient, sent.get(recipient.phone) ?? []);
      if (sentence !== null) violations.push(sentence);
    }
    const phones = new Set(facts.recipients.map(({ phone }) => phone));
    for (const { phone, packetId } of facts.sent) {
      if (!phones.has(phone)) violations.push(`Phone ${phone} of packet ${packetId} was sent, and is in no row.`);
    }
    const figures = [...counts].toSorted().map(([status, amount]) => `${amount} ${status}`);
    return { figures: figures.join(', '), violations };
  },
};

const moneyAgrees: Invariant = {
  promise: 'what was billed is what the gateway billed',
  check(facts) {
    const ledger = new Map<string, number>();
    for (const { packetId, segments } of facts.sent) ledger.set(packetId, (ledger.get(packetId) ?? 0) + segments);
    const violations: string[] = [];
    let answered = 0;
    let estimated = 0;
    let billed = 0;
    for (const { packetId, state, phones, smscnt, ...packet } of facts.packets) {
      if (state !== 'accepted') continue;
      if (packet.estimated) {
        estimated += 1;
        continue;
      }
      answered += 1;
      const ours = (phones ?? 0) * (smscnt ?? 0);
      billed += ours;
      const theirs = ledger.get(packetId) ?? 0;
      if (ours !== theirs) violations.push(`Packet ${packetId} says ${ours} SMS billed, the gateway billed ${theirs}.`);
    }
    return {
      figures: `${billed} SMS of ${answered} answered packets; ${estimated} packets known by reports alone`,
      violations,
    };
  },
};

const onePhoneSetPerId: Invariant = {
  promise: 'one packet id always meant the same phones',
  check(facts) {
    const violations: string[] = [];
    const packets = grouped(facts.posts, ({ packetId }) => packetId);
    for (const [packetId, posts] of packets) {
      const sets = new Set(posts.map(({ phones }) => phones.toSorted().join(',')));
      if (sets.size > 1) violations.push(`Packet ${packetId} was POSTed with ${sets.size} different sets of phones.`);
    }
    return { figures: `${packets.size} ids in ${facts.posts.length} POSTs`, violations };
  },
};

const ceilingKept: Invariant = {
  promise: 'no more requests in flight than the ceiling',
  check: ({ mostInFlight, ceiling }: Facts): Finding => ({
    figures:
      ceiling === null ? `${mostInFlight} at most; no ceiling` : `${mostInFlight} at most, the ceiling is ${ceiling}`,
    violations:
      ceiling !== null && mostInFlight > ceiling
        ? [`The gateway had ${mostInFlight} requests at one time, and the ceiling is ${ceiling}.`]
        : [],
  }),
};

const nobodyFellOver: Invariant = {
  promise: 'no process ended by itself',
  check: (facts: Facts): Finding => ({
    figures: `${facts.endedByThemselves.length} ended`,
    violations: facts.endedByThemselves.map((sentence) => `${sentence}.`),
  }),
};

/** The promises about sending and money. */
export const SENDING_INVARIANTS: readonly Invariant[] = [
  nobodyLost,
  nobodyTwice,
  reportedAsItWas,
  oneMessagePerKey,
  onePhoneSetPerId,
  moneyAgrees,
  ceilingKept,
  nobodyFellOver,
];
