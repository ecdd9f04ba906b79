import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue, Worker } from 'bullmq';
import { hasRedisServer, OwnRedis } from '../../../../test/support/redis.js';
import { eventually } from '../../../../test/support/eventually.js';
import { loadBullMq } from './load-bullmq.js';
import { SlotQueue, queueName, type SlotData } from './slot-queue.js';
import { withReconnect } from './redis-link.js';

const PREFIX = '{sms-pro}';
const CEILING = 3;
const LOCK_MS = 5_000;
const KEYS = `${PREFIX}:${queueName('default')}`;

const withRedis = (await hasRedisServer()) ? describe : describe.skip;

/** A slot that a worker has taken, and keeps until it is let go. */
interface TakenSlot {
  readonly generation: string;
  readonly jobId: string;
  readonly token: string;
}

withRedis('the slots in Redis', () => {
  let redis: OwnRedis;
  let queue: SlotQueue;
  let worker: Worker<SlotData> | null;
  let letGo = () => {};
  let taken: TakenSlot[];

  beforeEach(async () => {
    redis = await OwnRedis.start();
    queue = await open();
    worker = null;
    taken = [];
  });

  afterEach(async () => {
    await worker?.close(true);
    letGo();
    await queue.close();
    await redis.remove();
  });

  const open = async () =>
    new SlotQueue(await loadBullMq(), {
      connection: redis.connection,
      prefix: PREFIX,
      account: 'default',
      maxInFlight: CEILING,
    });

  /** A worker whose concurrency exceeds the number of slots. */
  const work = () => {
    const over = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    worker = new Worker<SlotData>(
      queueName('default'),
      async ({ id = '', data: { generation } }, token = '') => {
        taken.push({ generation, jobId: id, token });
        await over;
      },
      {
        connection: withReconnect(redis.connection, {}),
        prefix: PREFIX,
        concurrency: 10,
        lockDuration: LOCK_MS,
        skipStalledCheck: true,
        runRetryDelay: 100,
      },
    );
    worker.on('error', () => {});
  };

  const openFleet = async (leased: readonly string[] = []) => {
    const { generation } = await queue.look(1);
    expect(await queue.open(generation, leased)).toBe(true);
    return generation;
  };

  const takeSlots = async (wanted: number, got: number) => {
    work();
    await queue.addSlots(wanted);
    await eventually(
      () => taken.length,
      (count) => count === got,
    );
  };

  const holds = ({ generation, jobId, token }: TakenSlot) => queue.confirm(generation, jobId, token, LOCK_MS);

  const firstSlot = () => {
    const [slot] = taken;
    if (slot === undefined) throw new Error('No slot was taken.');
    return slot;
  };

  it('are closed until what is in flight was counted', async () => {
    expect(await queue.look(1)).toMatchObject({ isOpen: false, earlier: [] });
    await queue.addSlots(1);
    expect(await redis.ask(`EXISTS ${KEYS}:wait`)).toBe(':0');
    await openFleet(['a00000000001']);
    expect(await queue.look(1)).toMatchObject({ isOpen: true, earlier: ['a00000000001'] });
  });

  it('are fewer by what was in flight before, until that has ended', async () => {
    const generation = await openFleet(['a00000000001']);
    await takeSlots(CEILING, CEILING - 1);
    await queue.settled(generation, ['a00000000001']);
    await queue.addSlots(1);
    await eventually(
      () => taken.length,
      (count) => count === CEILING,
    );
    expect(await queue.look(1)).toMatchObject({ earlier: [] });
  });

  it('stay closed while what was in flight before fills them all', async () => {
    const { generation } = await queue.look(1);
    expect(await queue.open(generation, ['a', 'b', 'c'])).toBe(false);
    expect(await queue.look(1)).toMatchObject({ isOpen: false });
    expect(await queue.open(generation, ['a', 'b'])).toBe(true);
  });

  it('are held by the worker that has them, and by no other', async () => {
    await openFleet();
    await takeSlots(1, 1);
    const slot = firstSlot();
    expect(await holds(slot)).toBe(true);
    expect(await holds({ ...slot, token: 'another' })).toBe(false);
    expect(await holds({ ...slot, generation: 'another' })).toBe(false);
  });

  it('are nobody’s once Redis was emptied, and opened by a count of that time alone', async () => {
    const before = await openFleet();
    await takeSlots(1, 1);
    await redis.flushAll();
    expect(await holds(firstSlot())).toBe(false);
    // A count that was made before Redis was emptied opens nothing.
    expect(await queue.open(before, [])).toBe(false);
    const { generation, isOpen } = await queue.look(1);
    expect(isOpen).toBe(false);
    expect(generation).not.toBe(before);
    expect(await queue.open(before, [])).toBe(false);
  });

  it('are not trusted after a restart, even if the server loaded them from disk', async () => {
    const before = await openFleet();
    await takeSlots(1, 1);
    expect(await redis.ask('SAVE')).toBe('+OK');
    await redis.kill();
    await redis.start();
    expect(await redis.ask(`HGET ${KEYS}:fleet open`)).toContain('1');
    await eventually(
      () => queue.isReady,
      (ready) => ready,
    );
    expect(await holds(firstSlot())).toBe(false);
    await queue.addSlots(1);
    const view = await queue.look(1);
    expect(view.isOpen).toBe(false);
    expect(view.generation).not.toBe(before);
  });

  it('keep their number when somebody took the limit away', async () => {
    await openFleet();
    const dashboard = new Queue(queueName('default'), { connection: redis.connection, prefix: PREFIX });
    await dashboard.removeGlobalConcurrency();
    await queue.look(1);
    expect(await dashboard.getGlobalConcurrency()).toBe(CEILING);
    await dashboard.close();
  });

  it('are not added beyond the ceiling, however often they are requested', async () => {
    await openFleet();
    for (let count = 0; count < 10; count += 1) await queue.addSlots(50);
    expect(await redis.ask(`LLEN ${KEYS}:wait`)).toBe(`:${CEILING}`);
  });

  it('are made at an instant once, for all that fall due then', async () => {
    await openFleet();
    const now = Date.now();
    for (let count = 0; count < 10; count += 1) await queue.addInstant(now + 60_000, now);
    expect(await redis.ask(`ZCARD ${KEYS}:delayed`)).toBe(':1');
  });

  it('give a turn to one of a fleet', async () => {
    const other = await open();
    const turns = await Promise.all([queue, other, queue, other].map((one) => one.takeTurn('poll', 60_000)));
    expect(turns.filter((mine) => mine)).toHaveLength(1);
    await other.close();
  });

  it('are told as lost within a second where Redis does not answer', async () => {
    await openFleet();
    await takeSlots(1, 1);
    await redis.kill();
    expect(await holds(firstSlot())).toBe(false);
    await expect(queue.look(1)).rejects.toBeInstanceOf(Error);
    await expect(queue.addSlots(1)).rejects.toBeInstanceOf(Error);
  });
});
