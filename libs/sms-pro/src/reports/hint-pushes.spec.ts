import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { POLICY, type TestStore } from '../store/store.fixture.js';
import { reportXml } from '../../../../test/support/report-xml.js';
import { SmsProReportIntake } from './sms-pro-report-intake.js';
import { UnmatchedReports } from './unmatched-reports.js';
import { A, B, found, HOUR_MS, INTERVAL_MS, P, TestPoller, type DrGateway } from './poller.fixture.js';

let test: TestPoller;
let store: TestStore;
let gateway: DrGateway;

beforeEach(async () => {
  test = await TestPoller.open();
  ({ store, gateway } = test);
});

afterEach(async () => {
  await test.close();
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
        watch: test.watch,
        clock: store.clock,
        pollSoon: () => {},
      },
    );
  });

  const push = (codes: Readonly<Record<string, string>>) => intake.take(Buffer.from(reportXml(P, codes)));

  it('changes nothing by itself, and makes its packet due at once', async () => {
    await test.givenAccepted();
    expect(await push({ [A]: '3' })).toEqual({ matched: 1, unmatched: 0 });
    expect(await store.statuses()).toEqual([`${A} accepted`, `${B} accepted`]);
    expect(await store.rows('SELECT * FROM sms_pro_report')).toEqual([]);
    gateway.answer = () => found({ [A]: '3', [B]: '1' });
    await test.poll();
    expect(await store.statuses()).toEqual([`${A} delivered`, `${B} sent`]);
    expect(await store.rows('SELECT code, source FROM sms_pro_report ORDER BY report_id')).toEqual([
      { code: '3', source: 'poll' },
      { code: '1', source: 'poll' },
    ]);
  });

  it('is not final while the gateway says otherwise', async () => {
    await test.givenAccepted();
    await push({ [A]: '3', [B]: '4' });
    gateway.answer = () => found({ [A]: '1', [B]: '1' });
    await test.poll();
    expect(await store.statuses()).toEqual([`${A} sent`, `${B} sent`]);
  });

  it('that comes while the packet is polled has it polled again', async () => {
    await test.givenAccepted();
    store.clock.advance(POLICY.staleAfterMs);
    gateway.answer = async () => {
      // The gateway has made up its answer, and then something happens.
      store.clock.advance(200);
      await push({ [A]: '3' });
      return found({ [A]: '1', [B]: '1' });
    };
    await test.poll();
    expect(await store.statuses()).toEqual([`${A} sent`, `${B} sent`]);
    gateway.answer = () => found({ [A]: '3', [B]: '1' });
    store.clock.advance(INTERVAL_MS);
    await test.poll();
    expect(await store.statuses()).toEqual([`${A} delivered`, `${B} sent`]);
    expect(gateway.asked).toHaveLength(2);
  });

  it('for a recipient that ended as unknown is confirmed by one poll, and by no more', async () => {
    await test.givenAccepted();
    await store.polls.giveUp(P, store.clock.now());
    await push({ [A]: '3' });
    gateway.answer = () => found({ [A]: '3', [B]: '1' });
    await test.pass(HOUR_MS);
    expect(await store.statuses()).toEqual([`${A} delivered`, `${B} unknown`]);
    expect(gateway.asked).toHaveLength(1);
    const late = await store.rows("SELECT detail FROM sms_pro_event WHERE name = 'recipient.delivered'");
    expect(late.map((row) => JSON.parse(String(row['detail']))['late'])).toEqual([true]);
    expect((await store.recordedEvents()).filter((name) => name === 'message.completed')).toHaveLength(1);
  });

  it('for an unknown end is polled until there is an answer', async () => {
    await test.givenAccepted();
    await store.polls.giveUp(P, store.clock.now());
    await push({ [A]: '4' });
    gateway.answer = () => ({ status: '5', reports: [], unreadable: 0 });
    await test.poll();
    expect(gateway.asked).toHaveLength(1);
    gateway.answer = () => found({ [A]: '4' });
    await test.pass(HOUR_MS);
    expect(await store.statuses()).toEqual([`${A} undelivered`, `${B} unknown`]);
    expect(gateway.asked).toHaveLength(2);
  });

  it('polls nothing for an end that no report can change', async () => {
    await test.givenAccepted();
    await store.report(P, { [A]: '3' });
    await store.polls.giveUp(P, store.clock.now());
    await push({ [A]: '3' });
    await push({ [B]: '7' });
    await test.pass(HOUR_MS);
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
    await test.poll();
    expect(await store.statuses()).toEqual([`${A} delivered`]);
  });
});
