import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testDatabases } from '../../../../test/support/test-databases.js';
import { TestStore } from '../store/store.fixture.js';
import { answer, lost } from './scripted-gateway.fixture.js';
import { TestDispatch } from './worker.fixture.js';

const PACKET = 'a00000000001';
const PHONE = '996555000001';
const NO = async () => false;
const YES = async () => true;

describe('a scheduler that holds a slot for each request', () => {
  let test: TestDispatch;

  beforeEach(async () => {
    test = await TestDispatch.open();
    await test.store.given({ [PACKET]: [PHONE] });
  });

  afterEach(async () => {
    await test.close();
  });

  const stateOf = async () => {
    const [row] = await test.store.dataSource.query<{ state: string; open_tries: number }[]>(
      'SELECT state, open_tries FROM sms_pro_packet',
    );
    return row;
  };

  it('has nothing sent where the slot was lost, and the packet back in the queue at once', async () => {
    expect(await test.dispatcher.workOne(NO)).toMatchObject({ worked: true });
    expect(test.posts).toHaveLength(0);
    expect(await stateOf()).toEqual({ state: 'queued', open_tries: 0 });
    await test.dispatcher.workOne(YES);
    expect(test.posts).toHaveLength(1);
  });

  it('has a packet that may have been sent probed again, and not sent', async () => {
    test.onPost = [lost(), answer('0')];
    await test.dispatcher.workOne(YES);
    expect(await stateOf()).toEqual({ state: 'uncertain', open_tries: 1 });
    test.store.clock.advance(60_000);
    await test.dispatcher.workOne(NO);
    expect(test.posts).toHaveLength(1);
    expect(await stateOf()).toEqual({ state: 'uncertain', open_tries: 1 });
    test.store.clock.advance(60_000);
    await test.dispatcher.workOne(YES);
    expect(test.posts).toHaveLength(2);
  });

  it('is asked right before the request, when the claim can be seen by all', async () => {
    let seen: readonly string[] = [];
    await test.dispatcher.workOne(async () => {
      seen = await test.dispatcher.listLeased();
      expect(test.posts).toHaveLength(0);
      return true;
    });
    expect(seen).toEqual([PACKET]);
    expect(await test.dispatcher.listLeased()).toEqual([]);
  });

  it('is asked again by a process that stood still since it asked', async () => {
    const answers = [true, false];
    await test.dispatcher.workOne(async () => {
      test.store.clock.advance(10_000);
      return answers.shift() ?? false;
    });
    expect(answers).toEqual([]);
    expect(test.posts).toHaveLength(0);
  });
});

describe.each(await testDatabases())('what is leased on $name', (database) => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.scratch(database);
    await store.given({ [PACKET]: [PHONE] });
  });

  afterEach(async () => {
    await store.close();
  });

  const leased = () => store.queue.leased(store.clock.now());

  it('is a packet from its claim to its settlement', async () => {
    expect(await leased()).toEqual([]);
    const packet = await store.claimOne();
    expect(await leased()).toEqual([PACKET]);
    await store.accept(packet);
    expect(await leased()).toEqual([]);
  });

  it('is a packet that a report made accepted before its answer came', async () => {
    const packet = await store.claimOne();
    await store.report(PACKET, { [PHONE]: '3' });
    expect(await leased()).toEqual([PACKET]);
    await store.accept(packet);
    expect(await leased()).toEqual([]);
  });

  it('is no packet whose lease has ended', async () => {
    await store.claim(1, 'worker-1', 1_000);
    store.clock.advance(1_001);
    expect(await leased()).toEqual([]);
  });
});
