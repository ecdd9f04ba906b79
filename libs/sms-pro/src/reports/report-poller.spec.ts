import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SmsProProtocolError, SmsProTransportError } from '../errors/sms-pro.errors.js';
import type { ReportsAnswer } from '../gateway/dr.codec.js';
import type { PhoneReport } from '../message/incoming-report.js';
import { PollingOptions } from '../options/option-sections.js';
import { ReportSourceStore } from '../store/reports/report-source.store.js';
import { POLICY, TestStore } from '../store/store.fixture.js';
import { PushWatch } from './push-watch.js';
import { ReportPoller } from './report-poller.js';
import { SmsProReportIntake } from './sms-pro-report-intake.js';
import { UnmatchedReports } from './unmatched-reports.js';
import { reportXml } from '../../../../test/support/report-xml.js';

const A = '996555000001';
const B = '996555000002';
const P = 'a00000000001';
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const INTERVAL_MS = 15 * SECOND_MS;
const CLEAR: ReportsAnswer = { status: '4', reports: [], unreadable: 0 };

const found = (codes: Readonly<Record<string, string>>): ReportsAnswer => ({
  status: '0',
  reports: Object.entries(codes).map(([phone, code]): PhoneReport => ({
    phone,
    code,
    sendTime: '',
    rcvTime: '',
    sentAt: null,
    deliveredAt: null,
  })),
  unreadable: 0,
});

/** What `/api/dr` says, and when it was asked. */
class DrGateway {
  readonly asked: { readonly id: string; readonly at: number }[] = [];
  /** Most questions at once. */
  most = 0;
  private open = 0;
  answer: (id: string) => ReportsAnswer | Promise<ReportsAnswer> = () => CLEAR;

  constructor(private readonly now: () => number) {}

  async getReports(id: string): Promise<ReportsAnswer> {
    this.asked.push({ id, at: this.now() });
    this.open += 1;
    this.most = Math.max(this.most, this.open);
    try {
      return await this.answer(id);
    } finally {
      this.open -= 1;
    }
  }
}

let store: TestStore;
let gateway: DrGateway;
let watch: PushWatch;
let poller: ReportPoller;
let said: string[];

const logger = {
  log: () => {},
  debug: () => {},
  warn: (line: string) => said.push(line),
  error: (line: string) => said.push(line),
};

function makePoller(batchSize = 100): ReportPoller {
  const rules = { ...new PollingOptions(), batchSize, leaseMs: 45 * SECOND_MS };
  const { polls, reports, clock } = store;
  return new ReportPoller(rules, { client: gateway, polls, reports, watch, clock, logger, random: () => 1 });
}

beforeEach(async () => {
  said = [];
  store = await TestStore.open();
  gateway = new DrGateway(() => store.clock.now());
  const rules = { enabled: true, reportPath: 'sms-pro/reports', wantsSecret: false };
  watch = new PushWatch(rules, new ReportSourceStore(store.database), store.clock, logger);
  poller = makePoller();
});

afterEach(async () => {
  await store.close();
});

/** Packets that the gateway took, each with these phones. */
async function givenAccepted(packets = 1, phones: readonly string[] = [A, B]): Promise<string[]> {
  const ids = Array.from({ length: packets }, (_, at) => `a${String(at + 1).padStart(11, '0')}`);
  await store.given(Object.fromEntries(ids.map((id) => [id, phones])));
  for (const packet of await store.claim(packets)) await store.accept(packet);
  return ids;
}

/** Lets time pass as the interval of the scheduler does. */
async function pass(ms: number, stepMs = INTERVAL_MS): Promise<void> {
  for (let left = ms; left > 0; left -= stepMs) {
    store.clock.advance(stepMs);
    await poller.poll();
  }
}

const minutesBetween = () =>
  gateway.asked.slice(1).map(({ at }, place) => (at - (gateway.asked[place]?.at ?? 0)) / MINUTE_MS);

describe('polling of a packet', () => {
  it('begins after two minutes, and its distances double to an hour', async () => {
    await givenAccepted();
    const acceptedAt = store.clock.now();
    await pass(8 * HOUR_MS);
    expect((gateway.asked[0]?.at ?? 0) - acceptedAt).toBe(2 * MINUTE_MS);
    expect(minutesBetween()).toEqual([4, 8, 16, 32, 60, 60, 60, 60, 60, 60]);
  });

  it('takes "not found" as "not yet" until the deadline, and then ends what is left, once', async () => {
    await givenAccepted();
    await pass(POLICY.giveUpAfterMs - MINUTE_MS, MINUTE_MS);
    expect(await store.statuses()).toEqual([`${A} accepted`, `${B} accepted`]);
    await pass(2 * MINUTE_MS);
    expect(await store.statuses()).toEqual([`${A} unknown`, `${B} unknown`]);
    const asked = gateway.asked.length;
    await pass(3 * HOUR_MS);
    expect(gateway.asked).toHaveLength(asked);
    expect((await store.told()).filter((name) => name.startsWith('recipient.unknown'))).toHaveLength(2);
    expect((await store.told()).filter((name) => name === 'message.completed')).toHaveLength(1);
    expect((gateway.asked.at(-1)?.at ?? 0) - (gateway.asked[0]?.at ?? 0)).toBe(POLICY.giveUpAfterMs - 2 * MINUTE_MS);
  });

  it('ends with the last recipient', async () => {
    await givenAccepted();
    gateway.answer = () => found({ [A]: '3', [B]: '1' });
    await pass(2 * MINUTE_MS);
    expect(await store.statuses()).toEqual([`${A} delivered`, `${B} sent`]);
    gateway.answer = () => found({ [A]: '3', [B]: '4' });
    await pass(8 * HOUR_MS);
    expect(await store.statuses()).toEqual([`${A} delivered`, `${B} undelivered`]);
    expect(gateway.asked).toHaveLength(2);
  });
});

describe('the rate', () => {
  it('is a batch in an interval, two at once, also when every push asks for a round', async () => {
    await givenAccepted(30);
    poller = makePoller(10);
    gateway.answer = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return CLEAR;
    };
    store.clock.advance(POLICY.staleAfterMs);
    for (let round = 0; round < 5; round += 1) await poller.poll();
    expect(gateway.asked).toHaveLength(10);
    store.clock.advance(INTERVAL_MS);
    for (let round = 0; round < 5; round += 1) await poller.poll();
    expect(gateway.asked).toHaveLength(20);
    expect(gateway.most).toBe(2);
  });
});

describe('a gateway that cannot be asked', () => {
  const refusal = (status: string) => (): ReportsAnswer => ({ status, reports: [], unreadable: 0 });
  const failure = (error: Error) => (): ReportsAnswer => {
    throw error;
  };

  it.each([
    ['says that it is asked too much', refusal('5')],
    ['refuses the login', refusal('2')],
    ['refuses the address', refusal('3')],
    ['says what nobody knows', refusal('77')],
    ['does not answer in time', failure(new SmsProTransportError('dr', 'unknown', 'timeout', 'No answer.'))],
    ['is out of reach', failure(new SmsProTransportError('dr', 'not-sent', 'refused', 'Refused.'))],
    ['answers 503', failure(new SmsProTransportError('dr', 'unknown', 'http-status', 'HTTP 503.', 503))],
    ['answers a page', failure(new SmsProProtocolError('dr', 'it is a page'))],
  ])('because it %s is asked one question at a time, ever further apart, whatever waits', async (_why, answer) => {
    await givenAccepted(40);
    gateway.answer = answer;
    await pass(POLICY.staleAfterMs + HOUR_MS);
    // The first two went out together; after them it is one for each back-off of 15, 30, 60, 120, 240, 480, 600 s.
    expect(minutesBetween()).toEqual([0, 0.25, 0.5, 1, 2, 4, 8, 10, 10, 10, 10]);
    expect(await store.statuses()).not.toContain(`${A} unknown`);
    expect(said.filter((line) => line.startsWith('Reports cannot be asked for'))).toHaveLength(1);

    gateway.answer = () => CLEAR;
    const before = gateway.asked.length;
    await pass(10 * MINUTE_MS);
    expect(gateway.asked.length - before).toBeGreaterThan(40);
  });

  it('keeps no recipient open for ever: past the deadline it ends without a question', async () => {
    await givenAccepted(40);
    await pass(POLICY.giveUpAfterMs - HOUR_MS, MINUTE_MS);
    gateway.answer = refusal('2');
    await pass(HOUR_MS + INTERVAL_MS);
    // The last question of each is due at its deadline; one at a time they would take more than six hours.
    await pass(10 * MINUTE_MS);
    const statuses = await store.statuses();
    expect(statuses).toHaveLength(80);
    expect(statuses.filter((line) => !line.endsWith(' unknown'))).toEqual([]);
    expect((await store.told()).filter((name) => name === 'message.completed')).toHaveLength(1);
  });

  it('is no reason to end a packet whose answer could not be stored', async () => {
    await givenAccepted();
    await pass(POLICY.giveUpAfterMs - 2 * MINUTE_MS, MINUTE_MS);
    gateway.answer = () => found({ [A]: '3', [B]: '3' });
    const { apply } = store.reports;
    store.reports.apply = () =>
      store.database.transaction((unit) => unit.run('UPDATE no_such_table SET a = 1')) as never;
    await pass(2 * MINUTE_MS);
    expect(await store.statuses()).toEqual([`${A} accepted`, `${B} accepted`]);
    store.reports.apply = apply;
    await pass(2 * MINUTE_MS);
    expect(await store.statuses()).toEqual([`${A} delivered`, `${B} delivered`]);
  });
});

describe('a push that is only a hint', () => {
  let intake: SmsProReportIntake;

  beforeEach(() => {
    intake = new SmsProReportIntake(
      { maxBodyBytes: 1_000_000, maxEntries: 1_000, utcOffsetMinutes: 360, confirm: true },
      {
        reports: store.reports,
        polls: store.polls,
        unmatched: new UnmatchedReports('default', { deliverUnstored: async () => {} }, store.clock),
        watch,
        clock: store.clock,
        pollSoon: () => {},
      },
    );
  });

  const push = (codes: Readonly<Record<string, string>>) => intake.take(Buffer.from(reportXml(P, codes)));

  it('changes nothing by itself, and makes its packet due at once', async () => {
    await givenAccepted();
    expect(await push({ [A]: '3' })).toEqual({ matched: 1, unmatched: 0 });
    expect(await store.statuses()).toEqual([`${A} accepted`, `${B} accepted`]);
    expect(await store.rows('SELECT * FROM sms_pro_report')).toEqual([]);
    gateway.answer = () => found({ [A]: '3', [B]: '1' });
    await poller.poll();
    expect(await store.statuses()).toEqual([`${A} delivered`, `${B} sent`]);
    expect(await store.rows('SELECT code, source FROM sms_pro_report ORDER BY report_id')).toEqual([
      { code: '3', source: 'poll' },
      { code: '1', source: 'poll' },
    ]);
  });

  it('is not final while the gateway says otherwise', async () => {
    await givenAccepted();
    await push({ [A]: '3', [B]: '4' });
    gateway.answer = () => found({ [A]: '1', [B]: '1' });
    await poller.poll();
    expect(await store.statuses()).toEqual([`${A} sent`, `${B} sent`]);
  });

  it('that comes while the packet is being asked for is asked about again', async () => {
    await givenAccepted();
    store.clock.advance(POLICY.staleAfterMs);
    gateway.answer = async () => {
      // The gateway has made up its answer, and then something happens.
      store.clock.advance(200);
      await push({ [A]: '3' });
      return found({ [A]: '1', [B]: '1' });
    };
    await poller.poll();
    expect(await store.statuses()).toEqual([`${A} sent`, `${B} sent`]);
    gateway.answer = () => found({ [A]: '3', [B]: '1' });
    store.clock.advance(INTERVAL_MS);
    await poller.poll();
    expect(await store.statuses()).toEqual([`${A} delivered`, `${B} sent`]);
    expect(gateway.asked).toHaveLength(2);
  });

  it('for a recipient that ended as unknown is confirmed by one question, and by no more', async () => {
    await givenAccepted();
    await store.polls.giveUp(P, store.clock.now());
    await push({ [A]: '3' });
    gateway.answer = () => found({ [A]: '3', [B]: '1' });
    await pass(HOUR_MS);
    expect(await store.statuses()).toEqual([`${A} delivered`, `${B} unknown`]);
    expect(gateway.asked).toHaveLength(1);
    const late = await store.rows("SELECT detail FROM sms_pro_event WHERE name = 'recipient.delivered'");
    expect(late.map((row) => JSON.parse(String(row['detail']))['late'])).toEqual([true]);
    expect((await store.told()).filter((name) => name === 'message.completed')).toHaveLength(1);
  });

  it('for an unknown end is asked about until there is an answer', async () => {
    await givenAccepted();
    await store.polls.giveUp(P, store.clock.now());
    await push({ [A]: '4' });
    gateway.answer = () => ({ status: '5', reports: [], unreadable: 0 });
    await poller.poll();
    expect(gateway.asked).toHaveLength(1);
    gateway.answer = () => found({ [A]: '4' });
    await pass(HOUR_MS);
    expect(await store.statuses()).toEqual([`${A} undelivered`, `${B} unknown`]);
    expect(gateway.asked).toHaveLength(2);
  });

  it('asks nothing for an end that no report can change', async () => {
    await givenAccepted();
    await store.report(P, { [A]: '3' });
    await store.polls.giveUp(P, store.clock.now());
    await push({ [A]: '3' });
    await push({ [B]: '7' });
    await pass(HOUR_MS);
    expect(gateway.asked).toEqual([]);
  });

  it('finds a packet that dispatch itself gave up', async () => {
    await store.given({ [P]: [A] });
    await store.claimOne();
    await store.database.transaction((unit) =>
      unit.run("UPDATE sms_pro_packet SET state = 'unknown', open_recipients = 0, lease_until = NULL"),
    );
    await push({ [A]: '3' });
    gateway.answer = () => found({ [A]: '3' });
    await poller.poll();
    expect(await store.statuses()).toEqual([`${A} delivered`]);
  });
});

describe('a push that was never set up', () => {
  const sentence = /МОЙ ПРОФИЛЬ → ПАРАМЕТРЫ API.*\/sms-pro\/reports.*Включить отправку отчетов/;

  /** Settles one recipient of a new packet by a poll. */
  const settleByPoll = async (name: string) => {
    const id = `b${name.padStart(11, '0')}`;
    await store.given({ [id]: [A] }, { messageId: `message-${name}` });
    await store.accept(await store.claimOne());
    gateway.answer = () => found({ [A]: '3' });
    store.clock.advance(POLICY.staleAfterMs);
    await poller.poll();
  };

  it('is told once, with the place in the cabinet, when polls alone have settled for an hour', async () => {
    await settleByPoll('1');
    const since = new Date(store.clock.now());
    expect(await watch.state()).toEqual({
      lastPushAt: null,
      settledByPollSince: since,
      pushMissing: false,
      hint: null,
    });
    await pass(HOUR_MS);
    expect(said).toEqual([]);
    await pass(INTERVAL_MS);
    expect(said).toEqual([expect.stringMatching(sentence)]);
    expect(await watch.state()).toMatchObject({ pushMissing: true, hint: said[0], settledByPollSince: since });
    await settleByPoll('2');
    await pass(2 * HOUR_MS);
    expect(said).toHaveLength(1);
  });

  it('is told again only after a push had come', async () => {
    await settleByPoll('1');
    await pass(HOUR_MS + INTERVAL_MS);
    await watch.pushCame();
    const pushedAt = new Date(store.clock.now());
    expect(await watch.state()).toEqual({
      lastPushAt: pushedAt,
      settledByPollSince: null,
      pushMissing: false,
      hint: null,
    });
    await pass(2 * HOUR_MS);
    expect(said).toHaveLength(1);
    await settleByPoll('2');
    await pass(HOUR_MS + INTERVAL_MS);
    expect(said).toHaveLength(2);
  });

  it('is not told where nothing was settled: a poll that only finds "sent" says nothing', async () => {
    await givenAccepted();
    gateway.answer = () => found({ [A]: '1', [B]: '1' });
    await pass(3 * HOUR_MS);
    expect(said).toEqual([]);
    expect(await watch.state()).toMatchObject({ settledByPollSince: null });
  });

  it('is not told where this process takes no reports', async () => {
    const rules = { enabled: false, reportPath: 'sms-pro/reports', wantsSecret: true };
    watch = new PushWatch(rules, new ReportSourceStore(store.database), store.clock, logger);
    poller = makePoller();
    await settleByPoll('1');
    await pass(2 * HOUR_MS);
    expect(said).toEqual([]);
    expect(await watch.state()).toMatchObject({ pushMissing: false, hint: null });
  });

  it('names the secret by its option and never by its value', async () => {
    const rules = { enabled: true, reportPath: 'sms-pro/bank/reports', wantsSecret: true };
    watch = new PushWatch(rules, new ReportSourceStore(store.database), store.clock, logger);
    await watch.pollSettled();
    store.clock.advance(2 * HOUR_MS);
    expect((await watch.state()).hint).toContain('/sms-pro/bank/reports/<reports.secret>');
  });
});
