import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testDatabases } from '../../../../../test/support/test-databases.js';
import { newMessage, TestStore } from '../store.fixture.js';

const A = '996555000001';
const B = '996555000002';

describe.each(await testDatabases())('messages in the store, on $name', (database) => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.scratch(database);
  });

  afterEach(async () => {
    await store.close();
  });

  it('messages given at the same time are each stored whole, and one that cannot be takes no other with it', async () => {
    const ids = Array.from({ length: 40 }, (_, at) => `message-${at}`);
    const given = ids.map((messageId, at) =>
      store.given({ [`a${String(at).padStart(11, '0')}`]: [A, B] }, { messageId, text: `Text ${at}` }),
    );
    // Its packet has the id of another one.
    const double = store.given({ a00000000007: [A] }, { messageId: 'double' });
    const settled = await Promise.allSettled([...given, double]);
    expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    const packets = await store.claim(100);
    expect(packets.map(({ packetId, text, phones }) => [packetId, text, phones.length]).toSorted()).toEqual(
      ids.map((_, at) => [`a${String(at).padStart(11, '0')}`, `Text ${at}`, 2]),
    );
    expect(await store.messages.find('double')).toBeNull();
  });

  it('keeps Kyrgyz letters, emoji and quotes whole', async () => {
    const text = 'Өзүңүздүн кодуңуз: 1234 👩‍👩‍👧 "ok" \'\\n?$1';
    await store.given({ a00000000001: [A] }, { text, metadata: JSON.stringify({ text }) });
    expect((await store.claimOne()).text).toBe(text);
    expect((await store.messages.find('message-1'))?.metadata).toBe(JSON.stringify({ text }));
  });

  it('the same key gives the first message back, and stores no second one', async () => {
    const idempotency = { key: 'order-7', fingerprint: 'f1' };
    await store.given({ a00000000001: [A] }, { idempotency });
    const second = newMessage(store.clock.now(), { b00000000001: [B] }, { messageId: 'message-2', idempotency });
    const earlier = await store.messages.create(second);
    expect(earlier).toMatchObject({ messageId: 'message-1', packetIds: ['a00000000001'], fingerprint: 'f1' });
    expect(await store.messages.find('message-2')).toBeNull();
  });
});
