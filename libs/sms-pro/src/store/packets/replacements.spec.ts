import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testDatabases } from '../../../../../test/support/test-databases.js';
import { attempt, TestStore } from '../store.fixture.js';
import type { ClaimedPacket } from './claimed-packet.js';
import { answerLost, notSent, SENDER_REFUSED } from './settlement.fixture.js';

const A = '996555000001';
const B = '996555000002';

describe.each(await testDatabases())('packets that replace another, on $name', (database) => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.scratch(database);
  });

  afterEach(async () => {
    await store.close();
  });

  it('a new packet that goes back into the queue leaves out a phone that was taken under the old id', async () => {
    await store.given({ a00000000001: [A, B] });
    await store.settles.settle(
      await store.claimOne(),
      answerLost(store.clock.now(), 5_000),
      attempt(0),
      store.clock.now(),
    );
    store.clock.advance(5_000);
    const now = store.clock.now();
    await store.replace(await store.claimOne(), { kept: [], groups: [[A, B]] }, now);
    const child = await store.claimOne();
    expect(child.phones).toEqual([A, B]);
    await store.report('a00000000001', { [A]: '3' });
    await store.settles.settle(child, notSent(now), attempt(now), now);
    expect((await store.claimOne()).phones).toEqual([B]);
    expect(await store.statuses()).toEqual([`${A} delivered`, `${B} queued`]);
    expect(
      await store.rows("SELECT open_recipients, next_poll_at FROM sms_pro_packet WHERE packet_id = 'a00000000001'"),
    ).toEqual([{ open_recipients: 0, next_poll_at: null }]);
  });

  describe('a new packet, some of whose phones were taken under the old id while it was on its way', () => {
    const OLD = 'a00000000001';
    let now: number;
    let child: ClaimedPacket;

    beforeEach(async () => {
      await store.given({ [OLD]: [A, B] });
      await store.settles.settle(
        await store.claimOne(),
        answerLost(store.clock.now(), 5_000),
        attempt(0),
        store.clock.now(),
      );
      store.clock.advance(5_000);
      now = store.clock.now();
      const parts = { kept: [], groups: [[A, B]] };
      await store.replace(await store.claimOne(), parts, now);
      child = await store.claimOne();
    });

    it('leaves them out when it goes back into the queue, also where the report says nothing that is known', async () => {
      await store.report(OLD, { [A]: '6' });
      await store.settles.settle(child, notSent(now), attempt(now), now);
      expect((await store.claimOne()).phones).toEqual([B]);
      expect(await store.statuses()).toEqual([`${A} accepted`, `${B} queued`]);
    });

    it.each(['1', '6'])('does not take them along when it is refused (report %s)', async (code) => {
      await store.report(OLD, { [A]: code });
      await store.settles.settle(child, SENDER_REFUSED, attempt(now), now);
      expect(await store.statuses()).toEqual([`${A} ${code === '1' ? 'sent' : 'accepted'}`, `${B} rejected`]);
      expect(await store.recordedEvents()).not.toContain('message.completed');
      // It is polled under the old id, and the application hears of its final status.
      await store.report(OLD, { [A]: '3' });
      expect(await store.recordedEvents()).toContain('message.completed');
      expect(await store.rows('SELECT open_recipients FROM sms_pro_packet')).toEqual([
        { open_recipients: 0 },
        { open_recipients: 0 },
      ]);
    });

    it('is not sent under a third id where a phone of its own was reported, whatever the report says', async () => {
      await store.settles.settle(child, answerLost(now, 5_000), attempt(now), now);
      await store.rows("UPDATE sms_pro_packet SET held_status = '7' WHERE packet_id = ?", [child.packetId]);
      await store.report(child.packetId, { [A]: '6' });
      store.clock.advance(5_000);
      const probed = await store.claimOne();
      expect(probed.reported).toEqual([A]);
      const later = store.clock.now();
      const parts = { kept: [], groups: [[A], [B]] };
      await store.replace(probed, parts, later);
      expect((await store.claim(10)).map(({ phones }) => phones)).toEqual([[B]]);
    });
  });
});
