import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventEmitter2 } from '@nestjs/event-emitter';
import type { SmsProEvent, SmsProEventName } from '../message/sms-pro.events.js';
import { TestOutbox } from './outbox.fixture.js';
import { EventDelivery } from './event-delivery.js';
import { SmsProEvents } from './sms-pro-events.service.js';
import type { Subscriber } from './subscriber.js';

const RULES = { concurrency: 4, maxAttempts: 3, retryDelayMs: 1_000 };

describe('event delivery', () => {
  let outbox: TestOutbox;
  let emitter: EventEmitter2;
  let delivery: EventDelivery;
  let said: string[];

  const boot = () => {
    const say = (message: string) => void said.push(message);
    const logger = { log: say, warn: say, error: say, debug: say };
    return new EventDelivery(
      { ...RULES, pauseMs: 0 },
      { outbox, deliveries: outbox, emitter, clock: outbox.clock, logger },
    );
  };

  beforeEach(() => {
    outbox = new TestOutbox();
    emitter = new EventEmitter2({ wildcard: true });
    said = [];
    delivery = boot();
  });

  afterEach(async () => {
    await delivery.stop(1_000);
  });

  const subscriber = (id: string, eventName: SmsProEventName, call: (event: SmsProEvent) => unknown): Subscriber => ({
    id,
    eventName,
    call: async (event) => {
      await call(event);
    },
  });

  /** Delivers all that is due, then moves the clock, as often as told. */
  const pass = async (times = 1, ms = 0) => {
    for (let turn = 0; turn < times; turn += 1) {
      outbox.clock.advance(ms);
      delivery.wake();
      await delivery.idle();
    }
  };

  it('each subscriber hears an event once, with the payload of its name, and then EventEmitter2', async () => {
    const heard: unknown[] = [];
    emitter.on('sms-pro.recipient.delivered', (event: SmsProEvent) => heard.push(['emitter', event.eventId]));
    outbox.tell('recipient.delivered', 'r1', { status: 'delivered', deliveredAt: 1_768_000_000_000 });
    outbox.tell('recipient.sent', 'r1', { status: 'sent' });
    delivery.start([
      subscriber('A.one', 'recipient.delivered', (event) => heard.push(['A.one', event])),
      subscriber('B.two', 'recipient.delivered', (event) => heard.push(['B.two', event.eventId])),
    ]);
    await pass();
    expect(heard).toHaveLength(3);
    expect(heard.at(-1)).toEqual(['emitter', 'event-1']);
    expect(heard[0]).toMatchObject([
      'A.one',
      {
        eventId: 'event-1',
        name: 'recipient.delivered',
        account: 'default',
        deliveredAt: new Date(1_768_000_000_000),
        phone: 'r1',
      },
    ]);
  });

  it('a handler that throws is called again with back-off, the others not again', async () => {
    const calls: string[] = [];
    outbox.tell('recipient.delivered', 'r1');
    delivery.start([
      subscriber('A.fails', 'recipient.delivered', () => {
        calls.push('A');
        if (calls.filter((call) => call === 'A').length < 3) throw new Error('not yet');
      }),
      subscriber('B.works', 'recipient.delivered', () => calls.push('B')),
    ]);
    await pass();
    expect(calls).toEqual(['A', 'B']);
    await pass(1, 999);
    expect(calls).toEqual(['A', 'B']);
    await pass(1, 1);
    expect(calls).toEqual(['A', 'B', 'A']);
    await pass(1, 2_000);
    expect(calls).toEqual(['A', 'B', 'A', 'A']);
    await pass(3, 60_000);
    expect(calls).toHaveLength(4);
  });

  it('later events of a recipient wait for the one that failed; other recipients do not', async () => {
    const heard: string[] = [];
    let broken = true;
    outbox.tell('recipient.sent', 'r1');
    outbox.tell('recipient.sent', 'r2');
    outbox.tell('recipient.delivered', 'r1');
    const call = (event: SmsProEvent) => {
      const line = `${event.name} ${'phone' in event ? event.phone : ''}`;
      if (broken && line === 'recipient.sent r1') throw new Error('not yet');
      heard.push(line);
    };
    delivery.start([subscriber('A.on', 'recipient.sent', call), subscriber('A.on', 'recipient.delivered', call)]);
    await pass();
    expect(heard).toEqual(['recipient.sent r2']);
    outbox.tell('recipient.undelivered', 'r1');
    broken = false;
    await pass(3, 1_000);
    expect(heard).toEqual(['recipient.sent r2', 'recipient.sent r1', 'recipient.delivered r1']);
  });

  it('after the last try an event is parked, listed, and replayed', async () => {
    let broken = true;
    const heard: string[] = [];
    const events = new SmsProEvents(outbox, delivery, outbox.clock);
    outbox.tell('recipient.undelivered', 'r1');
    outbox.tell('message.completed', 'm1');
    delivery.start([
      subscriber('A.on', 'recipient.undelivered', (event) => {
        if (broken) throw new Error('the phone +996 555 123 456 is not in our base');
        heard.push(event.eventId);
      }),
    ]);
    await pass(6, 10_000);
    const failed = await events.failed();
    expect(failed).toMatchObject([
      { eventId: 'event-1', name: 'recipient.undelivered', subscriber: 'A.on', attempts: 3 },
    ]);
    // A handler's own words may hold a phone.
    expect(failed[0]?.lastError).not.toContain('123 456');
    expect(said.join()).not.toContain('123 456');
    expect(await events.countFailed()).toBe(1);
    broken = false;
    expect(await events.replay(['event-1'])).toBe(1);
    await pass();
    expect(heard).toEqual(['event-1']);
    expect(await events.countFailed()).toBe(0);
    await expect(events.failed({ limit: 0 })).rejects.toThrow(/limit/);
  });

  it('a crash between taking and finishing loses nothing: the event comes again with the same id', async () => {
    const heard: string[] = [];
    outbox.tell('recipient.delivered', 'r1');
    await outbox.claimEvents('a process that died', outbox.clock.now(), 30_000, 10);
    delivery.start([subscriber('A.on', 'recipient.delivered', (event) => heard.push(event.eventId))]);
    await pass();
    expect(heard).toEqual([]);
    await pass(1, 30_000);
    expect(heard).toEqual(['event-1']);
  });

  it('a process without the handler leaves the event for the one that has it', async () => {
    const heard: string[] = [];
    outbox.tell('recipient.delivered', 'r1');
    await outbox.register([{ subscriber: 'Worker.on', eventName: 'recipient.delivered' }]);
    delivery.start([]);
    await pass();
    await delivery.stop(1_000);
    delivery = boot();
    delivery.start([subscriber('Worker.on', 'recipient.delivered', (event) => heard.push(event.eventId))]);
    await pass();
    expect(heard).toEqual(['event-1']);
  });

  it('no more handlers run at once than allowed, and a slow one does not hold up the others', async () => {
    let running = 0;
    let most = 0;
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const heard: string[] = [];
    for (let at = 0; at < 40; at += 1) outbox.tell('recipient.delivered', `r${at}`);
    delivery.start([
      subscriber('A.on', 'recipient.delivered', async (event) => {
        running += 1;
        most = Math.max(most, running);
        if (event.eventId === 'event-1') await gate;
        await new Promise(setImmediate);
        running -= 1;
        heard.push(event.eventId);
      }),
    ]);
    for (let turn = 0; turn < 500 && heard.length < 30; turn += 1) await new Promise(setImmediate);
    expect(heard).not.toContain('event-1');
    expect(heard.length).toBeGreaterThanOrEqual(30);
    release();
    await pass(5);
    expect(new Set(heard).size).toBe(40);
    expect(most).toBeLessThanOrEqual(RULES.concurrency);
  });

  it('what a stopped process had taken and not begun is free for another one at once', async () => {
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const begun: string[] = [];
    for (let at = 0; at < 12; at += 1) outbox.tell('recipient.delivered', `r${at}`);
    delivery.start([
      subscriber('A.on', 'recipient.delivered', async (event) => {
        begun.push(event.eventId);
        await gate;
      }),
    ]);
    for (let turn = 0; turn < 100 && begun.length < RULES.concurrency; turn += 1) await new Promise(setImmediate);
    const stopped = delivery.stop(10_000);
    release();
    await stopped;
    expect(begun).toHaveLength(RULES.concurrency);
    const others = await outbox.claimEvents('another process', outbox.clock.now(), 30_000, 20);
    expect(others).toHaveLength(12 - RULES.concurrency);
    for (const { eventId } of others) expect(begun).not.toContain(eventId);
  });

  it('a process that may have no more events in hand goes on as soon as some are written', async () => {
    const heard: string[] = [];
    for (let at = 0; at < 400; at += 1) outbox.tell('recipient.delivered', `r${at}`);
    delivery.start([subscriber('A.on', 'recipient.delivered', (event) => heard.push(event.eventId))]);
    // No timer of the delivery fires in so few turns.
    for (let turn = 0; turn < 2_000 && heard.length < 400; turn += 1) await new Promise(setImmediate);
    expect(new Set(heard).size).toBe(400);
  });

  it('a finish that cannot be written is written later, and its handler is not called again', async () => {
    const heard: string[] = [];
    const emitted: string[] = [];
    emitter.on('sms-pro.recipient.delivered', (event: SmsProEvent) => emitted.push(event.eventId));
    for (const phone of ['r1', 'r1', 'r2']) outbox.tell('recipient.delivered', phone);
    outbox.failingFinishes = 2;
    delivery.start([subscriber('A.on', 'recipient.delivered', (event) => heard.push(event.eventId))]);
    await pass(4, 40_000);
    expect(heard.toSorted()).toEqual(['event-1', 'event-2', 'event-3']);
    expect(emitted.toSorted()).toEqual(['event-1', 'event-2', 'event-3']);
    expect(said.join()).toContain('could not be marked as delivered');
  });

  it('events whose subscribers could not be read are let go, and delivered when their lease ends', async () => {
    const heard: string[] = [];
    outbox.tell('recipient.delivered', 'r1');
    const read = outbox.blocked.bind(outbox);
    let failures = 1;
    outbox.blocked = async (keys) => {
      failures -= 1;
      if (failures >= 0) throw new Error('the connection was cut');
      return read(keys);
    };
    delivery.start([subscriber('A.on', 'recipient.delivered', (event) => heard.push(event.eventId))]);
    await pass(2, 10_000);
    expect(heard).toEqual([]);
    await pass(2, 10_000);
    expect(heard).toEqual(['event-1']);
  });

  it('a handler that is slower than a lease is not called twice', async () => {
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const heard: string[] = [];
    outbox.tell('recipient.delivered', 'r1');
    delivery.start([
      subscriber('A.on', 'recipient.delivered', async (event) => {
        heard.push(event.eventId);
        await gate;
      }),
    ]);
    for (let turn = 0; turn < 20; turn += 1) {
      outbox.clock.advance(10_000);
      delivery.wake();
      for (let tick = 0; tick < 10; tick += 1) await new Promise(setImmediate);
    }
    expect(await outbox.claimEvents('another process', outbox.clock.now(), 30_000, 10)).toEqual([]);
    release();
    await pass();
    expect(heard).toEqual(['event-1']);
  });

  it('a handler is not called twice while so much happens that there is no pause', async () => {
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const heard: string[] = [];
    outbox.tell('recipient.delivered', 'slow');
    delivery.start([
      subscriber('A.on', 'recipient.delivered', async (event) => {
        heard.push(event.eventId);
        if (event.eventId === 'event-1') await gate;
      }),
    ]);
    // Something is committed, and the clock runs, during every look.
    const claim = outbox.claimEvents.bind(outbox);
    const looks: number[] = [];
    outbox.claimEvents = async (...parameters) => {
      looks.push(outbox.clock.now());
      if (looks.length < 40) delivery.wake();
      outbox.clock.advance(2_000);
      return claim(...parameters);
    };
    delivery.wake();
    for (let turn = 0; turn < 5_000 && looks.length < 40; turn += 1) await new Promise(setImmediate);
    expect(looks.length).toBeGreaterThanOrEqual(40);
    expect(heard).toEqual(['event-1']);
    release();
    await pass();
  });

  it('a listener of EventEmitter2 that throws changes nothing', async () => {
    emitter.on('sms-pro.recipient.delivered', () => {
      throw new Error('listener');
    });
    outbox.tell('recipient.delivered', 'r1');
    outbox.tell('recipient.delivered', 'r2');
    const heard: string[] = [];
    delivery.start([subscriber('A.on', 'recipient.delivered', (event) => heard.push(event.eventId))]);
    await pass();
    expect(heard).toEqual(['event-1', 'event-2']);
    expect(said.join()).toContain('A listener of sms-pro.recipient.delivered failed');
  });
});
