import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openDataSource } from '../schema/open-data-source.js';
import { PollStore } from './poll.store.js';
import { ReportSourceStore } from './report-source.store.js';
import { ReportStore } from './report.store.js';
import { SmsProDatabase } from '../database/sms-pro.database.js';
import { answerLost } from '../packets/settlement.fixture.js';
import { attempt, POLICY, TestStore } from '../store.fixture.js';
import { testDatabases } from '../../../../../test/support/test-databases.js';

const A = '996555000001';
const B = '996555000002';
const P = 'a00000000001';
const LEASE_MS = 45_000;
const MINUTE_MS = 60_000;

const DATABASES = await testDatabases();

describe.each(DATABASES)('polls in the store, on $name', (database) => {
  let store: TestStore;
  /** The database as another process has it; on SQLite there is no other process. */
  let other: SmsProDatabase;

  beforeEach(async () => {
    store = await TestStore.scratch(database);
    other =
      database.name === 'sqlite'
        ? store.database
        : new SmsProDatabase(await openDataSource(store.dataSource.options, false), 'default');
  });

  afterEach(async () => {
    if (other !== store.database) await other.close();
    await store.close();
  });

  const givenAccepted = async (ids: readonly string[] = [P]) => {
    await store.given(Object.fromEntries(ids.map((id) => [id, [A, B]])));
    for (const packet of await store.claim(ids.length)) await store.accept(packet);
  };

  const claim = (owner: string, limit = 10) =>
    store.polls.claimStale({ owner, now: store.clock.now(), leaseMs: LEASE_MS }, limit);

  const becomeStale = () => store.clock.advance(POLICY.staleAfterMs);

  it('each packet is leased to one of two processes', async () => {
    const ids = Array.from({ length: 40 }, (_, at) => `a${String(at).padStart(11, '0')}`);
    await givenAccepted(ids);
    becomeStale();
    const polls = [store.polls, new PollStore(other, POLICY)];
    const claimed: string[] = [];
    await Promise.all(
      polls.map(async (own, at) => {
        for (;;) {
          const packets = await own.claimStale({ owner: `p${at}`, now: store.clock.now(), leaseMs: LEASE_MS }, 2);
          if (packets.length === 0) return;
          claimed.push(...packets.map(({ packetId }) => packetId));
        }
      }),
    );
    expect(claimed.toSorted()).toEqual(ids);
  });

  it('a packet of a process that died is due when its lease ends', async () => {
    await givenAccepted();
    becomeStale();
    expect(await claim('dead')).toHaveLength(1);
    store.clock.advance(LEASE_MS - 1);
    expect(await claim('p2')).toEqual([]);
    store.clock.advance(1);
    expect(await claim('p2')).toHaveLength(1);
  });

  it('a packet that a report made accepted is not polled while its request may be open', async () => {
    await store.given({ [P]: [A, B] });
    const now = store.clock.now();
    await store.settles.settle(await store.claimOne(), answerLost(now), attempt(now), now);
    // A probe of dispatch is open.
    await store.claim(1, 'worker', POLICY.staleAfterMs + MINUTE_MS);
    await store.report(P, { [A]: '1' });
    becomeStale();
    expect(await claim('p1')).toEqual([]);
    expect(await store.polls.lease(P, { owner: 'hand', now: store.clock.now(), leaseMs: LEASE_MS })).toBe('dispatched');
    expect(await store.polls.lease(P, { owner: 'hand', now: store.clock.now(), leaseMs: LEASE_MS }, true)).toBe(
      'taken',
    );
    await store.polls.release(P, 'hand');
    store.clock.advance(MINUTE_MS);
    expect(await claim('p1')).toHaveLength(1);
  });

  it('a hint that comes while the packet is leased leaves it due', async () => {
    await givenAccepted();
    becomeStale();
    await claim('p1');
    store.clock.advance(10);
    await store.polls.pollNow([P], store.clock.now());
    expect(await claim('p2')).toEqual([]);
    await store.polls.reschedule(P, 'p1', store.clock.now() + MINUTE_MS);
    expect(await claim('p2')).toMatchObject([{ packetId: P, polls: 1 }]);
  });

  describe('a refresh by hand', () => {
    const lease = (owner: string) => store.polls.lease(P, { owner, now: store.clock.now(), leaseMs: LEASE_MS });

    it('has the packet alone, and leaves the time of its next poll', async () => {
      await givenAccepted();
      const due = await store.rows('SELECT next_poll_at, polls FROM sms_pro_packet');
      expect(await lease('one')).toBe('taken');
      expect(await lease('two')).toBe('polled');
      becomeStale();
      expect(await store.polls.isBeingPolled(P, store.clock.now())).toBe(false);
      store.clock.advance(-POLICY.staleAfterMs);
      expect(await store.polls.isBeingPolled(P, store.clock.now())).toBe(true);
      await store.polls.release(P, 'two');
      expect(await lease('two')).toBe('polled');
      await store.polls.release(P, 'one');
      expect(await store.polls.isBeingPolled(P, store.clock.now())).toBe(false);
      expect(await store.rows('SELECT next_poll_at, polls FROM sms_pro_packet')).toEqual(due);
      expect(await lease('two')).toBe('taken');
    });

    it('keeps the poller away', async () => {
      await givenAccepted();
      becomeStale();
      expect(await lease('hand')).toBe('taken');
      expect(await claim('p1')).toEqual([]);
    });

    it('is one at a time over all processes', async () => {
      await givenAccepted();
      const polls = [store.polls, new PollStore(other, POLICY)];
      const leases = await Promise.all(
        Array.from({ length: 8 }, (_, at) =>
          polls[at % 2]?.lease(P, { owner: `hand ${at}`, now: store.clock.now(), leaseMs: LEASE_MS }),
        ),
      );
      expect(leases.filter((one) => one === 'taken')).toHaveLength(1);
      expect(leases.filter((one) => one === 'polled')).toHaveLength(7);
    });

    it('is not for a packet that dispatch follows, nor for somebody else’s', async () => {
      await store.given({ [P]: [A, B] });
      expect(await lease('hand')).toBe('closed');
      await store.accept(await store.claimOne());
      await store.database.transaction((unit) => unit.run("UPDATE sms_pro_packet SET account = 'other'"));
      expect(await lease('hand')).toBe('closed');
    });
  });

  describe('a packet that has ended', () => {
    it('is due for one question more where a late report may settle the phone it names', async () => {
      await givenAccepted();
      await store.report(P, { [A]: '3' });
      await store.polls.giveUp(P, store.clock.now());
      await store.polls.pollSettled([P], [A], store.clock.now());
      expect(await claim('p1')).toEqual([]);
      await store.polls.pollSettled([P], [B], store.clock.now());
      expect(await claim('p1')).toMatchObject([{ packetId: P, giveUpAt: null }]);
      await store.polls.reschedule(P, 'p1', null);
      store.clock.advance(POLICY.giveUpAfterMs);
      expect(await claim('p1')).toEqual([]);
    });

    it('is due too where dispatch gave it up itself', async () => {
      await store.given({ [P]: [A, B] });
      await store.database.transaction((unit) =>
        unit.run("UPDATE sms_pro_packet SET state = 'unknown', open_recipients = 0"),
      );
      await store.polls.pollSettled([P], [A], store.clock.now());
      expect(await claim('p1')).toMatchObject([{ packetId: P, giveUpAt: null }]);
    });

    it('is never overdue', async () => {
      await givenAccepted([P, 'a00000000002']);
      await store.polls.giveUp(P, store.clock.now());
      await store.polls.pollSettled([P], [A], store.clock.now());
      store.clock.advance(POLICY.giveUpAfterMs);
      const overdue = await store.polls.claimOverdue({ owner: 'p1', now: store.clock.now(), leaseMs: LEASE_MS }, 10);
      expect(overdue.map(({ packetId }) => packetId)).toEqual(['a00000000002']);
    });
  });

  describe('giving up', () => {
    it('on two processes at once ends each recipient once', async () => {
      await givenAccepted();
      const polls = [store.polls, new PollStore(other, POLICY), store.polls, new PollStore(other, POLICY)];
      const ended = await Promise.all(polls.map((own) => own.giveUp(P, store.clock.now())));
      expect(ended.toSorted()).toEqual([0, 0, 0, 2]);
      expect((await store.recordedEvents()).toSorted()).toEqual([
        'message.completed',
        'packet.accepted',
        `recipient.unknown ${A}`,
        `recipient.unknown ${B}`,
      ]);
    });

    it('and an answer that comes at the same moment, or later, agree on one end', async () => {
      await givenAccepted();
      const reports = new ReportStore(other, POLICY);
      const answer = [A, B].map((phone) => ({
        packetId: P,
        phone,
        code: '3',
        sendTime: '',
        rcvTime: '',
        sentAt: null,
        deliveredAt: null,
      }));
      const now = store.clock.now();
      await Promise.all([store.polls.giveUp(P, now), reports.apply(answer, 'poll', now)]);
      await reports.apply(answer, 'poll', now);
      expect(await store.statuses()).toEqual([`${A} delivered`, `${B} delivered`]);
      expect((await store.recordedEvents()).filter((name) => name === 'message.completed')).toHaveLength(1);
      const events = await store.rows(`SELECT name, detail FROM sms_pro_event WHERE phone = '${A}' ORDER BY event_seq`);
      const ends = events.map((row) => [row['name'], JSON.parse(String(row['detail']))['late'] ?? false]);
      // Whoever was first: an unknown end is settled late, a delivery stays.
      expect([
        [['recipient.delivered', false]],
        [
          ['recipient.unknown', false],
          ['recipient.delivered', true],
        ],
      ]).toContainEqual(ends);
    });
  });

  describe('where reports come from', () => {
    let sources: ReportSourceStore;
    let theirs: ReportSourceStore;

    beforeEach(() => {
      sources = new ReportSourceStore(store.database);
      theirs = new ReportSourceStore(other);
    });

    const now = () => store.clock.now();

    it('is unknown at first', async () => {
      expect(await sources.sources()).toEqual({ pushedAt: null, settledByPollSince: null });
    });

    it('a poll is noted since the first one, whoever asked', async () => {
      const since = now();
      await sources.notePoll(since);
      store.clock.advance(10 * MINUTE_MS);
      await theirs.notePoll(now());
      await sources.notePoll(now());
      expect(await sources.sources()).toEqual({ pushedAt: null, settledByPollSince: since });
    });

    it('a push of another process takes it back, within the minute too', async () => {
      const pushedAt = now();
      await theirs.notePush(pushedAt);
      store.clock.advance(30_000);
      // Their next push, within the minute, is not noted: nothing may be noted that it would have to take back.
      await sources.notePoll(now());
      await theirs.notePush(now());
      expect(await sources.sources()).toEqual({ pushedAt, settledByPollSince: null });
      store.clock.advance(30_000);
      const since = now();
      await new ReportSourceStore(store.database).notePoll(since);
      expect(await sources.sources()).toEqual({ pushedAt, settledByPollSince: since });
      await theirs.notePush(now());
      expect(await sources.sources()).toEqual({ pushedAt: now(), settledByPollSince: null });
    });

    it('a push is written once a minute, however many come', async () => {
      const first = now();
      for (let second = 0; second < 60; second += 1) {
        await sources.notePush(now());
        store.clock.advance(1_000);
      }
      expect((await sources.sources()).pushedAt).toBe(first);
      await sources.notePush(now());
      expect((await sources.sources()).pushedAt).toBe(first + MINUTE_MS);
    });

    it('pushes and polls that make the row at once leave the push', async () => {
      const many = Array.from({ length: 4 }, () => [
        new ReportSourceStore(store.database).notePush(now()),
        new ReportSourceStore(other).notePush(now()),
      ]);
      await Promise.all(many.flat());
      expect(await sources.sources()).toEqual({ pushedAt: now(), settledByPollSince: null });
    });

    it('leaves what is known of the balance', async () => {
      const account = { balance: '12.50', smsPrice: '1.00', active: true, checkedAt: now() };
      await store.accounts.keepAccount(account, null);
      await sources.notePush(now());
      expect(await store.accounts.knownAccount()).toEqual(account);
    });
  });
});
