import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testDatabases } from '../../../../../test/support/test-databases.js';
import { RetentionStore } from './retention.store.js';
import { TestStore } from '../store.fixture.js';

const DAY_MS = 24 * 60 * 60_000;
const TABLES = ['message', 'packet', 'recipient', 'attempt', 'report', 'event', 'idempotency', 'campaign'];

describe.each((await testDatabases()).map((kind) => [kind.name, kind] as const))('retention on %s', (_name, kind) => {
  let store: TestStore;
  let retention: RetentionStore;

  beforeEach(async () => {
    store = await TestStore.scratch(kind);
    retention = new RetentionStore(store.database);
  });

  afterEach(async () => {
    await store.close();
  });

  const count = async (table: string) =>
    Number((await store.rows(`SELECT COUNT(*) AS n FROM sms_pro_${table}`))[0]?.['n']);
  const counts = async () =>
    Object.fromEntries(await Promise.all(TABLES.map(async (table) => [table, await count(table)])));
  const nothing = Object.fromEntries(TABLES.map((table) => [table, 0]));

  /** Delivers all events, to nobody. */
  const deliverEvents = async () => {
    for (;;) {
      const events = await store.events.claimEvents('p', store.clock.now(), 30_000, 500);
      if (events.length === 0) return;
      await store.events.finishEvents(
        events.map(({ seq }) => ({ seq, pending: [] })),
        'p',
        store.clock.now(),
      );
    }
  };
  /** A message that was sent, reported and told of. */
  const ended = async (messageId: string, packets: Record<string, string[]>) => {
    await store.given(packets, { messageId, idempotency: { key: messageId, fingerprint: 'f' } });
    for (const packet of await store.claim(100)) await store.accept(packet);
    for (const [packetId, phones] of Object.entries(packets)) {
      await store.report(packetId, Object.fromEntries(phones.map((phone) => [phone, '3'])));
    }
    await deliverEvents();
  };
  const deleteAll = async (days: number) => {
    let steps = 0;
    while ((await retention.deleteSome(store.clock.now() - days * DAY_MS)) > 0) steps += 1;
    return steps;
  };

  it('what ended long ago goes with all its rows, what ended lately stays', async () => {
    await ended('old', { a00000000001: ['996555000001', '996555000002'] });
    store.clock.advance(10 * DAY_MS);
    await ended('new', { b00000000001: ['996555000003'] });
    const before = await counts();
    await deleteAll(7);
    expect(await store.messages.find('old')).toBeNull();
    expect(await store.statuses('new')).toEqual(['996555000003 delivered']);
    for (const table of ['message', 'packet', 'report', 'idempotency']) {
      expect(await count(table)).toBeLessThan(before[table] ?? 0);
    }
    store.clock.advance(10 * DAY_MS);
    await deleteAll(7);
    expect(await counts()).toEqual(nothing);
  });

  it('what has not ended stays, however old it is', async () => {
    await store.given({ a00000000001: ['996555000001'] });
    await store.accept(await store.claimOne());
    await deliverEvents();
    store.clock.advance(1_000 * DAY_MS);
    await deleteAll(1);
    expect(await store.statuses()).toEqual(['996555000001 accepted']);
  });

  it('a message stays while an event of it waits for a subscriber or is parked', async () => {
    await ended('old', { a00000000001: ['996555000001'] });
    const [event] = await store.rows('SELECT event_seq, order_key FROM sms_pro_event ORDER BY event_seq');
    const seq = Number(event?.['event_seq']);
    await store.database.transaction((unit) =>
      unit.insertNew('sms_pro_delivery', {
        event_seq: seq,
        subscriber: 'A.on',
        account: 'default',
        order_key: String(event?.['order_key']),
        state: 'parked',
        attempts: 3,
        due_at: 0,
        updated_at: 0,
      }),
    );
    store.clock.advance(10 * DAY_MS);
    await deleteAll(1);
    expect(await store.messages.find('old')).not.toBeNull();
    await store.database.transaction((unit) => unit.run('DELETE FROM sms_pro_delivery'));
    await deleteAll(1);
    expect(await counts()).toEqual(nothing);
  });

  it('a large message goes in bounded steps, and a packet that two messages share only with the last of them', async () => {
    const packets: Record<string, string[]> = {};
    for (let at = 0; at < 30; at += 1) {
      const phones = Array.from({ length: 50 }, (_, nth) => `9965550${String(at * 50 + nth).padStart(5, '0')}`);
      packets[`a${String(at).padStart(11, '0')}`] = phones;
    }
    await ended('large', packets);
    await store.database.transaction((unit) =>
      unit.run(
        "UPDATE sms_pro_recipient SET message_id = 'other' WHERE root_packet_id = 'a00000000003' AND position > 170",
      ),
    );
    store.clock.advance(10 * DAY_MS);
    expect(await deleteAll(1)).toBeGreaterThan(3);
    expect(await store.messages.find('large')).toBeNull();
    expect(await count('packet')).toBe(1);
    expect(await count('recipient')).toBe(29);
  });

  it('two instances share the work', async () => {
    for (let at = 0; at < 6; at += 1) await ended(`message-${at}`, { [`a0000000000${at}`]: [`99655500000${at}`] });
    store.clock.advance(10 * DAY_MS);
    await Promise.all([deleteAll(1), deleteAll(1)]);
    await deleteAll(1);
    expect(await counts()).toEqual(nothing);
  });
});
