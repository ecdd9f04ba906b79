import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PhoneMoves } from '../packets/phone-moves.js';
import { attempt, POLICY, TestStore } from '../store.fixture.js';
import { eventually } from '../../../../../test/support/eventually.js';
import { testDatabases } from '../../../../../test/support/test-databases.js';

const A = '996555000001';
const B = '996555000002';
const P = 'a00000000001';

/** Who waits for a row that another transaction holds. */
const WAITING = {
  postgres: "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
  mariadb: "SHOW GLOBAL STATUS WHERE variable_name = 'Innodb_row_lock_current_waits' AND value > 0",
  // One connection, and one transaction at a time.
  sqlite: 'SELECT 1',
} as const;

const DATABASES = await testDatabases();

describe.each(DATABASES)('reports in the store, on $name', (database) => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.scratch(database);
    await store.given({ [P]: [A, B] });
  });

  afterEach(async () => {
    await store.close();
  });

  // The whole table "коды отчетов" of the partner API.
  it.each([
    ['0', 'accepted', undefined],
    ['1', 'sent', undefined],
    ['2', 'rejected', 'operator-refused'],
    ['3', 'delivered', undefined],
    ['4', 'undelivered', 'not-delivered'],
    ['5', 'rejected', 'funds'],
    ['6', 'accepted', undefined],
    ['7', 'unknown', 'no-final-report'],
    ['42', 'accepted', undefined],
  ])('report %s makes a recipient %s', async (code, status, reason) => {
    await store.accept(await store.claimOne());
    await store.report(P, { [A]: code });
    const message = await store.messages.find('message-1');
    expect(message?.recipients[0]).toMatchObject({ status, reason: reason ?? null });
    const audit = await store.rows('SELECT code, source, applied FROM sms_pro_report');
    expect(audit).toMatchObject([{ code, source: 'push' }]);
  });

  it('keeps when it was sent and delivered', async () => {
    await store.accept(await store.claimOne());
    await store.report(P, { [A]: '1' });
    await store.report(P, { [A]: '3' });
    const message = await store.messages.find('message-1');
    expect(message?.recipients[0]).toMatchObject({
      sentAt: new Date(store.clock.now() - 2_000),
      deliveredAt: new Date(store.clock.now() - 1_000),
    });
  });

  it('the last report completes the message, once', async () => {
    await store.accept(await store.claimOne());
    await store.report(P, { [A]: '3' });
    expect(await store.recordedEvents()).not.toContain('message.completed');
    await store.report(P, { [B]: '4' });
    await store.report(P, { [A]: '3', [B]: '4' });
    expect((await store.recordedEvents()).filter((name) => name === 'message.completed')).toHaveLength(1);
    const [row] = await store.rows("SELECT detail FROM sms_pro_event WHERE name = 'message.completed'");
    expect(JSON.parse(String(row?.['detail']))).toMatchObject({
      recipients: 2,
      counts: { delivered: 1, undelivered: 1 },
    });
  });

  it('a report twice and backwards changes nothing but the record', async () => {
    await store.accept(await store.claimOne());
    await store.report(P, { [A]: '3' });
    const before = await store.recordedEvents();
    const applied = [
      await store.report(P, { [A]: '3' }),
      await store.report(P, { [A]: '1' }),
      await store.report(P, { [A]: '4' }),
    ];
    expect(applied.map(({ changed }) => changed)).toEqual([0, 0, 0]);
    expect(await store.statuses()).toEqual([`${A} delivered`, `${B} accepted`]);
    expect(await store.recordedEvents()).toEqual(before);
    expect(await store.rows('SELECT code FROM sms_pro_report')).toHaveLength(4);
  });

  it('a late delivery settles an unknown end, marked as late, and completes nothing twice', async () => {
    await store.accept(await store.claimOne());
    await store.report(P, { [A]: '7', [B]: '3' });
    await store.report(P, { [A]: '3' });
    expect(await store.statuses()).toEqual([`${A} delivered`, `${B} delivered`]);
    const rows = await store.rows(
      "SELECT detail FROM sms_pro_event WHERE name = 'recipient.delivered' ORDER BY event_seq",
    );
    expect(rows.map((row) => JSON.parse(String(row['detail'])).late)).toEqual([undefined, true]);
    expect((await store.recordedEvents()).filter((name) => name === 'message.completed')).toHaveLength(1);
  });

  it.each(['queued', 'uncertain'] as const)('a report proves that a packet which is %s was taken', async (state) => {
    const packet = state === 'queued' ? null : await store.claimOne();
    if (state === 'uncertain' && packet) {
      const now = store.clock.now();
      const change = {
        to: 'uncertain',
        dueAt: now,
        triedAt: now,
        cause: 'x',
        gatewayStatus: null,
        held: null,
      } as const;
      await store.settles.settle(packet, { change, certainlyNotSent: false, refused: false }, attempt(now), now);
    }
    await store.report(P, { [A]: '3' });
    expect(await store.state(P)).toBe('accepted');
    expect(await store.statuses()).toEqual([`${A} delivered`, `${B} accepted`]);
    expect(await store.recordedEvents()).toContain('packet.accepted');
    expect(await store.claim()).toEqual([]);
  });

  it('the answer that comes after its report still brings what was billed, and tells nothing twice', async () => {
    const packet = await store.claimOne();
    await store.report(P, { [A]: '3' });
    await store.accept(packet);
    expect(await store.rows('SELECT phones, smscnt, billed, estimated FROM sms_pro_packet')).toEqual([
      { phones: 2, smscnt: 1, billed: 2, estimated: 0 },
    ]);
    expect((await store.recordedEvents()).filter((name) => name === 'packet.accepted')).toHaveLength(1);
  });

  it('an id or a phone that is not ours is left out, and leaves no row', async () => {
    await store.accept(await store.claimOne());
    const { matched, unmatched } = await store.report('zzzzzzzzzzzz', { [A]: '3' });
    const other = await store.report(P, { '996999999999': '3' });
    expect([matched, unmatched.length, other.matched, other.unmatched.length]).toEqual([0, 1, 0, 1]);
    expect(await store.rows('SELECT * FROM sms_pro_report')).toEqual([]);
    expect(await store.statuses()).toEqual([`${A} accepted`, `${B} accepted`]);
  });

  it('another account’s packet is not ours', async () => {
    await store.accept(await store.claimOne());
    await store.rows('SELECT 1');
    await store.database.transaction((unit) => unit.run("UPDATE sms_pro_packet SET account = 'other'"));
    expect((await store.report(P, { [A]: '3' })).unmatched).toHaveLength(1);
  });

  it('a document that fails in the middle is not applied at all', async () => {
    await store.accept(await store.claimOne());
    const good = { packetId: P, phone: A, code: '3', sendTime: '', rcvTime: '', sentAt: null, deliveredAt: null };
    const bad = { ...good, phone: B, code: '1', sendTime: null as unknown as string };
    await expect(store.reports.apply([good, bad], 'push', store.clock.now())).rejects.toThrow(TypeError);
    expect(await store.statuses()).toEqual([`${A} accepted`, `${B} accepted`]);
    expect(await store.recordedEvents()).toEqual(['packet.accepted']);
  });

  it('which recipient events are kept is an option', async () => {
    for (const [recipientEvents, expected] of [
      ['all', ['recipient.sent', 'recipient.delivered']],
      ['final', ['recipient.delivered']],
      ['none', []],
    ] as const) {
      const own = await TestStore.scratch(database, { recipientEvents });
      await own.given({ [P]: [A, B] });
      await own.accept(await own.claimOne());
      await own.report(P, { [A]: '1' });
      await own.report(P, { [A]: '3' });
      const names = (await own.recordedEvents()).map((told) => told.split(' ')[0]);
      expect(names.filter((name) => name?.startsWith('recipient.'))).toEqual(expected);
      await own.close();
    }
  });

  // Guards the second read in reportedRecipients: a read that waits at the old packet does not see the new one.
  it('a report that comes while its packet is being replaced finds its recipient', async () => {
    let commit: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      commit = resolve;
    });
    let moved: () => void = () => {};
    const inside = new Promise<void>((resolve) => {
      moved = resolve;
    });
    const replacing = store.database.transaction(async (unit) => {
      await unit.all(`SELECT packet_id FROM sms_pro_packet WHERE packet_id = ? ${unit.dialect.forUpdate}`, [P]);
      await new PhoneMoves(unit, POLICY, store.clock.now()).toNewPackets(P, [[A]]);
      moved();
      await held;
    });
    await inside;
    const reporting = store.report(P, { [A]: '3' });
    if (database.name !== 'sqlite') {
      await eventually(
        () => store.rows(WAITING[database.name]),
        (rows) => rows.length > 0,
      );
    }
    commit();
    await replacing;
    expect(await reporting).toMatchObject({ matched: 1, changed: 1 });
    expect((await store.statuses())[0]).toBe(`${A} delivered`);
    expect(await store.rows("SELECT packet_id FROM sms_pro_packet WHERE state = 'queued'")).toEqual([]);
  });

  describe('polling', () => {
    it('a packet is polled by one process at a time, from when it is stale', async () => {
      await store.accept(await store.claimOne());
      expect(await store.polls.claimStale({ owner: 'p1', now: store.clock.now(), leaseMs: 45_000 }, 10)).toEqual([]);
      store.clock.advance(POLICY.staleAfterMs);
      expect(await store.polls.claimStale({ owner: 'p1', now: store.clock.now(), leaseMs: 45_000 }, 10)).toMatchObject([
        { packetId: P, polls: 0 },
      ]);
      expect(await store.polls.claimStale({ owner: 'p2', now: store.clock.now(), leaseMs: 45_000 }, 10)).toEqual([]);
      await store.polls.reschedule(P, 'p1', store.clock.now() + 1_000);
      store.clock.advance(1_000);
      expect(await store.polls.claimStale({ owner: 'p2', now: store.clock.now(), leaseMs: 45_000 }, 10)).toMatchObject([
        { packetId: P, polls: 1 },
      ]);
    });

    it('a packet whose recipients have all ended is polled no more', async () => {
      await store.accept(await store.claimOne());
      store.clock.advance(POLICY.staleAfterMs);
      await store.polls.claimStale({ owner: 'p1', now: store.clock.now(), leaseMs: 45_000 }, 10);
      await store.report(P, { [A]: '3', [B]: '4' }, 'poll');
      await store.polls.reschedule(P, 'p1', store.clock.now());
      expect(await store.polls.claimStale({ owner: 'p1', now: store.clock.now() + 1, leaseMs: 45_000 }, 10)).toEqual(
        [],
      );
    });

    it('giving up makes unknown of what is left, once, and completes the message', async () => {
      await store.accept(await store.claimOne());
      await store.report(P, { [A]: '3' });
      expect(await store.polls.giveUp(P, store.clock.now())).toBe(1);
      expect(await store.polls.giveUp(P, store.clock.now())).toBe(0);
      const message = await store.messages.find('message-1');
      expect(message?.recipients).toMatchObject([{ status: 'delivered' }, { status: 'unknown', reason: 'deadline' }]);
      expect((await store.recordedEvents()).slice(-2)).toEqual([`recipient.unknown ${B}`, 'message.completed']);
    });
  });
});
