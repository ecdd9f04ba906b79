import { describe, expect, it } from '@jest/globals';
import type { Facts, SentSms, StoredEvent, StoredPacket, StoredRecipient, StoredReport } from './facts.js';
import { checkInvariants } from './invariants.js';

const MESSAGE = 'message-1';
const PACKET = 'A00000000001';
const PHONE = '996500000001';

const recipient = (changes: Partial<StoredRecipient> = {}): StoredRecipient => ({
  messageId: MESSAGE,
  packetId: PACKET,
  phone: PHONE,
  status: 'delivered',
  reason: null,
  ...changes,
});

const packet = (changes: Partial<StoredPacket> = {}): StoredPacket => ({
  packetId: PACKET,
  state: 'accepted',
  recipients: 1,
  phones: 1,
  smscnt: 2,
  estimated: false,
  attempts: 1,
  ...changes,
});

const sent = (changes: Partial<SentSms> = {}): SentSms => ({
  packetId: PACKET,
  phone: PHONE,
  text: 'Hello',
  segments: 2,
  report: 3,
  ...changes,
});

const report = (code: string, applied = true): StoredReport => ({ packetId: PACKET, phone: PHONE, code, applied });

const event = (name: string, changes: Partial<StoredEvent> = {}): StoredEvent => ({
  eventId: `${name}-1`,
  name,
  messageId: MESSAGE,
  packetId: PACKET,
  phone: name.startsWith('recipient.') ? PHONE : null,
  state: 'done',
  late: false,
  ...changes,
});

/** One message to one phone, sent once, delivered, with every event heard. */
function facts(changes: Partial<Facts> = {}): Facts {
  const events = changes.events ?? [
    event('recipient.sent'),
    event('recipient.delivered'),
    event('message.completed', { packetId: null }),
  ];
  return {
    accepted: [{ key: 'key-1', messageId: MESSAGE, text: 'Hello', phones: [PHONE] }],
    messages: [
      { messageId: MESSAGE, reference: 'key-1', recipients: 1, openRecipients: 0, createdAt: 0, completedAt: 1 },
    ],
    packets: [packet()],
    recipients: [recipient()],
    reports: [report('1'), report('3'), report('3', false)],
    deliveries: [],
    leasesEnded: 0,
    sent: [sent()],
    posts: [{ packetId: PACKET, phones: [PHONE] }],
    heard: new Map(events.map(({ eventId }) => [eventId, 1])),
    mostInFlight: 3,
    ceiling: null,
    endedByThemselves: [],
    ...changes,
    events,
  };
}

/** What is broken, as `promise: sentence`. */
function broken(changes: Partial<Facts> = {}): string[] {
  return checkInvariants(facts(changes)).flatMap(({ promise, violations }) =>
    violations.map((sentence) => `${promise}: ${sentence}`),
  );
}

/** The sentences of one promise, found by a word of it. */
function sentencesOf(word: string, changes: Partial<Facts>): string[] {
  return checkInvariants(facts(changes))
    .filter(({ promise }) => promise.includes(word))
    .flatMap(({ violations }) => violations);
}

describe('the promises', () => {
  it('are all kept by a message that was sent once and all of whose events were heard', () => {
    expect(broken()).toEqual([]);
  });

  it('are all kept by a refusal that sent nothing', () => {
    const events = [
      event('packet.rejected'),
      event('recipient.rejected'),
      event('message.completed', { packetId: null }),
    ];
    const recipients = [recipient({ status: 'rejected', reason: 'stop-words' })];
    expect(broken({ events, recipients, packets: [packet({ state: 'rejected' })], sent: [], reports: [] })).toEqual([]);
  });

  it('are all kept by an end that a late report settled', () => {
    const events = [
      event('recipient.unknown'),
      event('message.completed', { packetId: null }),
      event('recipient.delivered', { late: true }),
    ];
    expect(broken({ events, reports: [report('7'), report('3')] })).toEqual([]);
  });
});

describe('a phone', () => {
  it.each(['queued', 'accepted', 'sent'])('that stays "%s" is lost', (status) => {
    expect(sentencesOf('reached a final status', { recipients: [recipient({ status })] })).toEqual([
      `Phone ${PHONE} of packet ${PACKET} stays "${status}".`,
    ]);
  });

  it('that was accepted and is in no row is lost', () => {
    expect(sentencesOf('reached a final status', { recipients: [] })).toHaveLength(1);
  });

  it('that got the same text under two ids was sent to twice', () => {
    const [sentence] = sentencesOf('twice', { sent: [sent(), sent({ packetId: 'B00000000002' })] });
    expect(sentence).toBe(`Phone ${PHONE} was sent the same text 2 times, by packets ${PACKET}, B00000000002.`);
  });

  it('that got the same text twice under one id was sent to twice', () => {
    expect(sentencesOf('nobody was sent', { sent: [sent(), sent()] })).toHaveLength(1);
  });

  it('is not "delivered" when nothing was sent', () => {
    expect(sentencesOf('what the gateway did', { sent: [] })).toEqual([
      `Phone ${PHONE} of packet ${PACKET} is "delivered" and was never sent.`,
    ]);
  });

  it.each([
    ['rejected', 'stop-words'],
    ['expired', 'validity'],
    ['canceled', 'canceled'],
  ])('is not "%s" when it was sent', (status, reason) => {
    expect(sentencesOf('what the gateway did', { recipients: [recipient({ status, reason })] })).toHaveLength(1);
  });

  it('is "rejected" by a report although it was sent', () => {
    const recipients = [recipient({ status: 'rejected', reason: 'funds' })];
    expect(sentencesOf('what the gateway did', { recipients, sent: [sent({ report: 5 })] })).toEqual([]);
  });

  it('does not have another end than the gateway reports', () => {
    expect(sentencesOf('what the gateway did', { sent: [sent({ report: 4 })] })).toEqual([
      `Phone ${PHONE} of packet ${PACKET} is "delivered", and the gateway reports 4.`,
    ]);
  });

  it('that was sent to is in a row', () => {
    const foreign = sent({ phone: '996500000002' });
    expect(sentencesOf('what the gateway did', { sent: [sent(), foreign] })).toHaveLength(1);
  });
});

describe('a packet', () => {
  it('that was answered says what the gateway billed', () => {
    expect(sentencesOf('billed', { packets: [packet({ smscnt: 1 })] })).toEqual([
      `Packet ${PACKET} says 1 SMS billed, the gateway billed 2.`,
    ]);
  });

  it('that is known by reports alone is not held against the bill', () => {
    expect(sentencesOf('billed', { packets: [packet({ estimated: true, phones: null, smscnt: null })] })).toEqual([]);
  });

  it('keeps its phones over every repeat, in any order', () => {
    const posts = [
      { packetId: PACKET, phones: ['1', '2'] },
      { packetId: PACKET, phones: ['2', '1'] },
    ];
    expect(sentencesOf('same phones', { posts })).toEqual([]);
    expect(sentencesOf('same phones', { posts: [...posts, { packetId: PACKET, phones: ['1'] }] })).toHaveLength(1);
  });
});

describe('a message', () => {
  it('that no receipt names was stored twice', () => {
    const extra = {
      messageId: 'message-2',
      reference: 'key-1',
      recipients: 1,
      openRecipients: 0,
      createdAt: 0,
      completedAt: 1,
    };
    expect(sentencesOf('stored nothing twice', { messages: [extra] })).toEqual([
      'Message message-2 of key key-1 is stored, and no receipt names it.',
    ]);
  });

  it.each([0, 2])('is not completed %i times', (times) => {
    const completed = event('message.completed', { packetId: null });
    const events = [event('recipient.delivered'), ...Array.from({ length: times }, () => completed)];
    expect(sentencesOf('exactly once', { events })).toEqual([
      `Message ${MESSAGE}: message.completed was delivered ${times} times.`,
    ]);
  });

  it('that is completed has no open recipient in its row', () => {
    const row = {
      messageId: MESSAGE,
      reference: 'key-1',
      recipients: 1,
      openRecipients: 1,
      createdAt: 0,
      completedAt: null,
    };
    expect(sentencesOf('exactly once', { messages: [row] })).toHaveLength(1);
  });
});

describe('a status', () => {
  it.each([
    ['1', '3', 0],
    ['3', '1', 1],
    ['3', '4', 1],
    ['7', '3', 0],
    ['7', '2', 1],
    ['3', '3', 1],
  ])('goes from report %s to report %s: %i faults', (first, second, faults) => {
    expect(sentencesOf('went back', { reports: [report(first), report(second)] })).toHaveLength(faults);
  });

  it('that only went on record moved nothing', () => {
    expect(sentencesOf('went back', { reports: [report('3'), report('1', false)] })).toEqual([]);
  });
});

describe('an event', () => {
  it.each([
    ['"sent" after the end', ['recipient.delivered', 'recipient.sent']],
    ['a second end', ['recipient.delivered', 'recipient.undelivered']],
    ['no end', ['recipient.sent']],
  ])('%s is a fault', (_what, names) => {
    expect(sentencesOf('one final status', { events: names.map((name) => event(name)) })).toHaveLength(1);
  });

  it('that still waits is a fault', () => {
    const events = [event('recipient.delivered', { state: 'pending' })];
    expect(sentencesOf('handler', { events })).toEqual([
      `Event recipient.delivered-1 (recipient.delivered of packet ${PACKET}) still waits.`,
    ]);
  });

  it('that is done and was heard by nobody is a fault', () => {
    expect(sentencesOf('handler', { heard: new Map() })).toHaveLength(3);
  });

  it('that was heard twice is none: it is at least once', () => {
    const heard = new Map(facts().events.map(({ eventId }) => [eventId, 2]));
    expect(sentencesOf('handler', { heard })).toEqual([]);
  });

  it('that was first heard before an earlier one of its recipient is a fault', () => {
    const heard = new Map(['recipient.delivered-1', 'recipient.sent-1', 'message.completed-1'].map((id) => [id, 1]));
    expect(sentencesOf('out of order', { heard })).toEqual([
      `Recipient ${MESSAGE} ${PHONE}: "recipient.delivered" was heard before "recipient.sent", which came first.`,
    ]);
  });

  it('of a message may be heard before those of a recipient: only a recipient has an order', () => {
    const heard = new Map(['message.completed-1', 'recipient.sent-1', 'recipient.delivered-1'].map((id) => [id, 1]));
    expect(sentencesOf('out of order', { heard })).toEqual([]);
  });

  it('whose delivery is parked or waits is a fault', () => {
    expect(sentencesOf('handler', { deliveries: ['parked 7 EventRecorder.record'] })).toEqual([
      'A delivery is left: parked 7 EventRecorder.record.',
    ]);
  });
});

it('a process that ended by itself is a fault', () => {
  expect(
    sentencesOf('no process', { endedByThemselves: ['application 1 (pid 7) ended by itself with code 1'] }),
  ).toEqual(['application 1 (pid 7) ended by itself with code 1.']);
});
