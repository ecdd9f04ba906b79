import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SmsProEvent } from '../message/sms-pro.events.js';
import type { EventEmitter2 } from '@nestjs/event-emitter';
import { DELIVERY_RULES, Gate, subscriber, TestDelivery } from './delivery.fixture.js';
import type { TestOutbox } from './outbox.fixture.js';

describe('the lease of an event', () => {
  let test: TestDelivery;
  let outbox: TestOutbox;
  let emitter: EventEmitter2;

  beforeEach(() => {
    test = new TestDelivery();
    ({ outbox, emitter } = test);
  });

  afterEach(async () => {
    await test.stop();
  });

  it('a crash between taking and finishing loses nothing: the event comes again with the same id', async () => {
    const heard: string[] = [];
    outbox.recordEvent('recipient.delivered', 'r1');
    await outbox.claimEvents('a process that died', outbox.clock.now(), 30_000, 10);
    test.start([subscriber('A.on', 'recipient.delivered', (event) => heard.push(event.eventId))]);
    await test.pass();
    expect(heard).toEqual([]);
    await test.pass(1, 30_000);
    expect(heard).toEqual(['event-1']);
  });

  it('a process without the handler leaves the event for the one that has it', async () => {
    const heard: string[] = [];
    outbox.recordEvent('recipient.delivered', 'r1');
    await outbox.register([{ subscriber: 'Worker.on', eventName: 'recipient.delivered' }]);
    test.start([]);
    await test.pass();
    await test.restart();
    test.start([subscriber('Worker.on', 'recipient.delivered', (event) => heard.push(event.eventId))]);
    await test.pass();
    expect(heard).toEqual(['event-1']);
  });

  it('what a stopped process had taken and not begun is free for another one at once', async () => {
    const gate = new Gate();
    const begun: string[] = [];
    for (let at = 0; at < 12; at += 1) outbox.recordEvent('recipient.delivered', `r${at}`);
    test.start([
      subscriber('A.on', 'recipient.delivered', async (event) => {
        begun.push(event.eventId);
        await gate.opened;
      }),
    ]);
    for (let turn = 0; turn < 100 && begun.length < DELIVERY_RULES.concurrency; turn += 1) {
      await new Promise(setImmediate);
    }
    const stopped = test.delivery.stop(10_000);
    gate.open();
    await stopped;
    expect(begun).toHaveLength(DELIVERY_RULES.concurrency);
    const others = await outbox.claimEvents('another process', outbox.clock.now(), 30_000, 20);
    expect(others).toHaveLength(12 - DELIVERY_RULES.concurrency);
    for (const { eventId } of others) expect(begun).not.toContain(eventId);
  });

  it('a process that may have no more leased events goes on as soon as some are written', async () => {
    const heard: string[] = [];
    for (let at = 0; at < 400; at += 1) outbox.recordEvent('recipient.delivered', `r${at}`);
    test.start([subscriber('A.on', 'recipient.delivered', (event) => heard.push(event.eventId))]);
    // No timer of the delivery fires in so few turns.
    for (let turn = 0; turn < 2_000 && heard.length < 400; turn += 1) await new Promise(setImmediate);
    expect(new Set(heard).size).toBe(400);
  });

  it('a finish that cannot be written is written later, and its handler is not called again', async () => {
    const heard: string[] = [];
    const emitted: string[] = [];
    emitter.on('sms-pro.recipient.delivered', (event: SmsProEvent) => emitted.push(event.eventId));
    for (const phone of ['r1', 'r1', 'r2']) outbox.recordEvent('recipient.delivered', phone);
    outbox.failingFinishes = 2;
    test.start([subscriber('A.on', 'recipient.delivered', (event) => heard.push(event.eventId))]);
    await test.pass(4, 40_000);
    expect(heard.toSorted()).toEqual(['event-1', 'event-2', 'event-3']);
    expect(emitted.toSorted()).toEqual(['event-1', 'event-2', 'event-3']);
    expect(test.said.join()).toContain('could not be marked as delivered');
  });

  it('events whose subscribers could not be read are let go, and delivered when their lease ends', async () => {
    const heard: string[] = [];
    outbox.recordEvent('recipient.delivered', 'r1');
    const read = outbox.blocked.bind(outbox);
    let failures = 1;
    outbox.blocked = async (keys) => {
      failures -= 1;
      if (failures >= 0) throw new Error('the connection was cut');
      return read(keys);
    };
    test.start([subscriber('A.on', 'recipient.delivered', (event) => heard.push(event.eventId))]);
    await test.pass(2, 10_000);
    expect(heard).toEqual([]);
    await test.pass(2, 10_000);
    expect(heard).toEqual(['event-1']);
  });

  it('a handler that is slower than a lease is not called twice', async () => {
    const gate = new Gate();
    const heard: string[] = [];
    outbox.recordEvent('recipient.delivered', 'r1');
    test.start([
      subscriber('A.on', 'recipient.delivered', async (event) => {
        heard.push(event.eventId);
        await gate.opened;
      }),
    ]);
    for (let turn = 0; turn < 20; turn += 1) {
      outbox.clock.advance(10_000);
      test.wake();
      for (let tick = 0; tick < 10; tick += 1) await new Promise(setImmediate);
    }
    expect(await outbox.claimEvents('another process', outbox.clock.now(), 30_000, 10)).toEqual([]);
    gate.open();
    await test.pass();
    expect(heard).toEqual(['event-1']);
  });

  it('a handler is not called twice while so much happens that there is no pause', async () => {
    const gate = new Gate();
    const heard: string[] = [];
    outbox.recordEvent('recipient.delivered', 'slow');
    test.start([
      subscriber('A.on', 'recipient.delivered', async (event) => {
        heard.push(event.eventId);
        if (event.eventId === 'event-1') await gate.opened;
      }),
    ]);
    // Something is committed, and the clock runs, during every look.
    const claim = outbox.claimEvents.bind(outbox);
    const looks: number[] = [];
    outbox.claimEvents = async (...parameters) => {
      looks.push(outbox.clock.now());
      if (looks.length < 40) test.wake();
      outbox.clock.advance(2_000);
      return claim(...parameters);
    };
    test.wake();
    for (let turn = 0; turn < 5_000 && looks.length < 40; turn += 1) await new Promise(setImmediate);
    expect(looks.length).toBeGreaterThanOrEqual(40);
    expect(heard).toEqual(['event-1']);
    gate.open();
    await test.pass();
  });
});
