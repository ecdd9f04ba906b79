import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../message/manual-clock.fixture.js';
import type { SlotQueue } from './slot-queue.js';
import { HORIZON_MS, WakeQueue } from './wake-queue.js';

const CEILING = 16;

/** A queue whose calls return when the test lets them. */
class SlowQueue {
  readonly asked: string[] = [];
  private readonly waiting: (() => void)[] = [];
  failure: Error | null = null;

  async addSlots(wanted: number): Promise<void> {
    await this.call(`slots ${wanted}`);
  }

  async addInstant(at: number, now: number): Promise<void> {
    await this.call(`instant in ${at - now}`);
  }

  letOne(): void {
    this.waiting.shift()?.();
  }

  private async call(what: string): Promise<void> {
    this.asked.push(what);
    await new Promise<void>((resolve) => {
      this.waiting.push(resolve);
    });
    if (this.failure !== null) throw this.failure;
  }
}

function openQueue(queue: SlowQueue) {
  const clock = new ManualClock();
  const heard: string[] = [];
  const wakes = new WakeQueue(
    async () => queue as unknown as SlotQueue,
    () => clock.now(),
    CEILING,
    {
      answered: () => void heard.push('answered'),
      failed: () => void heard.push('failed'),
    },
  );
  const wake = (packets: number, inMs = 0) => wakes.wake(packets, clock.now() + inMs);
  return { wakes, wake, heard };
}

/** Lets what is due in promises happen. */
async function settle(): Promise<void> {
  await new Promise(setImmediate);
}

describe('wakes', () => {
  it('that come while one is carried are added up, however many they are', async () => {
    const queue = new SlowQueue();
    const { wakes, wake } = openQueue(queue);
    wake(1);
    await settle();
    for (let count = 0; count < 10_000; count += 1) wake(50);
    queue.letOne();
    await settle();
    queue.letOne();
    await wakes.stop();
    expect(queue.asked).toEqual(['slots 1', `slots ${CEILING}`]);
  });

  it('of the next seconds are carried as instants, later ones not at all', async () => {
    const queue = new SlowQueue();
    const { wakes, wake } = openQueue(queue);
    wake(1, 500);
    wake(1, HORIZON_MS + 1);
    await settle();
    queue.letOne();
    await settle();
    await wakes.stop();
    expect(queue.asked).toEqual(['instant in 500']);
  });

  it('that fail are let go, and the next one is carried again', async () => {
    const queue = new SlowQueue();
    queue.failure = new Error('away');
    const { wakes, wake, heard } = openQueue(queue);
    wake(5);
    await settle();
    wake(7);
    queue.letOne();
    await settle();
    expect(heard).toEqual(['failed']);
    queue.failure = null;
    wake(2);
    await settle();
    queue.letOne();
    await settle();
    await wakes.stop();
    expect(queue.asked).toEqual(['slots 5', 'slots 2']);
    expect(heard).toEqual(['failed', 'answered']);
  });
});
