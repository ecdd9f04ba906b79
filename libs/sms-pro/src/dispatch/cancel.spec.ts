import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MessageCancelStore } from '../store/packets/message-cancel.store.js';
import { POLICY } from '../store/store.fixture.js';
import { answer, found, lost, notFound, notSent } from './scripted-gateway.fixture.js';
import { TestDispatch } from './worker.fixture.js';

const A = '996555000001';
const B = '996555000002';
const P = 'a00000000001';

describe('cancel', () => {
  let test: TestDispatch;

  beforeEach(async () => {
    test = await TestDispatch.open();
  });

  afterEach(async () => {
    await test.close();
  });

  const cancel = () => new MessageCancelStore(test.store.database, POLICY).cancel('message-1', test.store.clock.now());

  it('takes back what is queued, and tells each recipient', async () => {
    await test.store.given({ [P]: [A, B] });
    expect(await cancel()).toEqual({ canceled: 2, tooLate: 0 });
    await test.run();
    expect(test.posts).toEqual([]);
    expect(await test.store.recordedEvents()).toEqual([
      `recipient.canceled ${A}`,
      `recipient.canceled ${B}`,
      'message.completed',
    ]);
    expect(await cancel()).toEqual({ canceled: 0, tooLate: 0 });
  });

  it('is too late for what is accepted', async () => {
    await test.store.given({ [P]: [A] });
    await test.run();
    expect(await cancel()).toEqual({ canceled: 0, tooLate: 1 });
  });

  it('while sending: certainly not sent ends canceled', async () => {
    test.onPost = [
      async () => {
        expect(await cancel()).toEqual({ canceled: 0, tooLate: 1 });
        return notSent()();
      },
    ];
    await test.store.given({ [P]: [A] });
    await test.run();
    expect(await test.store.statuses()).toEqual([`${A} canceled`]);
  });

  it('while uncertain: no repeat is made; found is accepted, else unknown at the deadline', async () => {
    for (const [onProbe, status] of [
      [found(A), 'sent'],
      [notFound, 'unknown'],
    ] as const) {
      test = await test.reopen();
      test.onPost = [lost(), answer('0')];
      test.onProbe = [onProbe];
      await test.store.given({ [P]: [A] }, { deadlineAt: test.store.clock.now() + 600_000 });
      await test.run();
      expect(await cancel()).toEqual({ canceled: 0, tooLate: 1 });
      await test.pass(1_800_000, 20_000);
      expect(test.posts).toHaveLength(1);
      expect(await test.store.statuses()).toEqual([`${A} ${status}`]);
    }
  });

  it('an unknown message is not this account’s', async () => {
    expect(await cancel()).toBeNull();
  });

  it('a cancel that comes while the gateway is asked is not lost with the split', async () => {
    test.onPost = [answer('7'), answer('0')];
    test.onProbe = [
      async () => {
        await cancel();
        return notFound();
      },
    ];
    await test.store.given({ [P]: [A, B] }, { deadlineAt: test.store.clock.now() + 600_000 });
    await test.run();
    await test.pass(2_000_000, 20_000);
    expect(test.posts).toHaveLength(1);
    // Which of them was at fault is unknown: neither is called bad.
    expect(await test.store.statuses()).toEqual([`${A} unknown`, `${B} unknown`]);
  });
});
