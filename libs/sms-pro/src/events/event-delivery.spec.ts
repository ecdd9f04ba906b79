import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SmsProEvent } from '../message/sms-pro.events.js';
import { SmsProEvents } from './sms-pro-events.service.js';
import type { EventEmitter2 } from '@nestjs/event-emitter';
import { DELIVERY_RULES, Gate, subscriber, TestDelivery } from './delivery.fixture.js';
import type { TestOutbox } from './outbox.fixture.js';

describe('event delivery', () => {
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

  it('each subscriber hears an event once, with the payload of its name, and then EventEmitter2', async () => {
    const heard: unknown[] = [];
    emitter.on('sms-pro.recipient.delivered', (event: SmsProEvent) => heard.push(['emitter', event.eventId]));
    outbox.recordEvent('recipient.delivered', 'r1', { status: 'delivered', deliveredAt: 1_768_000_000_000 });
    outbox.recordEvent('recipient.sent', 'r1', { status: 'sent' });
    test.start([
      subscriber('A.one', 'recipient.delivered', (event) => heard.push(['A.one', event])),
      subscriber('B.two', 'recipient.delivered', (event) => heard.push(['B.two', event.eventId])),
    ]);
    await test.pass();
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
    outbox.recordEvent('recipient.delivered', 'r1');
    test.start([
      subscriber('A.fails', 'recipient.delivered', () => {
        calls.push('A');
        if (calls.filter((call) => call === 'A').length < 3) throw new Error('not yet');
      }),
      subscriber('B.works', 'recipient.delivered', () => calls.push('B')),
    ]);
    await test.pass();
    expect(calls).toEqual(['A', 'B']);
    await test.pass(1, 999);
    expect(calls).toEqual(['A', 'B']);
    await test.pass(1, 1);
    expect(calls).toEqual(['A', 'B', 'A']);
    await test.pass(1, 2_000);
    expect(calls).toEqual(['A', 'B', 'A', 'A']);
    await test.pass(3, 60_000);
    expect(calls).toHaveLength(4);
  });

  it('later events of a recipient wait for the one that failed; other recipients do not', async () => {
    const heard: string[] = [];
    let broken = true;
    outbox.recordEvent('recipient.sent', 'r1');
    outbox.recordEvent('recipient.sent', 'r2');
    outbox.recordEvent('recipient.delivered', 'r1');
    const call = (event: SmsProEvent) => {
      const line = `${event.name} ${'phone' in event ? event.phone : ''}`;
      if (broken && line === 'recipient.sent r1') throw new Error('not yet');
      heard.push(line);
    };
    test.start([subscriber('A.on', 'recipient.sent', call), subscriber('A.on', 'recipient.delivered', call)]);
    await test.pass();
    expect(heard).toEqual(['recipient.sent r2']);
    outbox.recordEvent('recipient.undelivered', 'r1');
    broken = false;
    await test.pass(3, 1_000);
    expect(heard).toEqual(['recipient.sent r2', 'recipient.sent r1', 'recipient.delivered r1']);
  });

  it('after the last try an event is parked, listed, and replayed', async () => {
    let broken = true;
    const heard: string[] = [];
    const events = new SmsProEvents(outbox, test.delivery, outbox.clock);
    outbox.recordEvent('recipient.undelivered', 'r1');
    outbox.recordEvent('message.completed', 'm1');
    test.start([
      subscriber('A.on', 'recipient.undelivered', (event) => {
        if (broken) throw new Error('the phone +996 555 123 456 is not in our base');
        heard.push(event.eventId);
      }),
    ]);
    await test.pass(6, 10_000);
    const failed = await events.failed();
    expect(failed).toMatchObject([
      { eventId: 'event-1', name: 'recipient.undelivered', subscriber: 'A.on', attempts: 3 },
    ]);
    // A handler's own words may hold a phone.
    expect(failed[0]?.lastError).not.toContain('123 456');
    expect(test.said.join()).not.toContain('123 456');
    expect(await events.countFailed()).toBe(1);
    broken = false;
    expect(await events.replay(['event-1'])).toBe(1);
    await test.pass();
    expect(heard).toEqual(['event-1']);
    expect(await events.countFailed()).toBe(0);
    await expect(events.failed({ limit: 0 })).rejects.toThrow(/limit/);
  });

  it('no more handlers run at once than allowed, and a slow one does not hold up the others', async () => {
    let running = 0;
    let most = 0;
    const gate = new Gate();
    const heard: string[] = [];
    for (let at = 0; at < 40; at += 1) outbox.recordEvent('recipient.delivered', `r${at}`);
    test.start([
      subscriber('A.on', 'recipient.delivered', async (event) => {
        running += 1;
        most = Math.max(most, running);
        if (event.eventId === 'event-1') await gate.opened;
        await new Promise(setImmediate);
        running -= 1;
        heard.push(event.eventId);
      }),
    ]);
    for (let turn = 0; turn < 500 && heard.length < 30; turn += 1) await new Promise(setImmediate);
    expect(heard).not.toContain('event-1');
    expect(heard.length).toBeGreaterThanOrEqual(30);
    gate.open();
    await test.pass(5);
    expect(new Set(heard).size).toBe(40);
    expect(most).toBeLessThanOrEqual(DELIVERY_RULES.concurrency);
  });

  it('a listener of EventEmitter2 that throws changes nothing', async () => {
    emitter.on('sms-pro.recipient.delivered', () => {
      throw new Error('listener');
    });
    outbox.recordEvent('recipient.delivered', 'r1');
    outbox.recordEvent('recipient.delivered', 'r2');
    const heard: string[] = [];
    test.start([subscriber('A.on', 'recipient.delivered', (event) => heard.push(event.eventId))]);
    await test.pass();
    expect(heard).toEqual(['event-1', 'event-2']);
    expect(test.said.join()).toContain('A listener of sms-pro.recipient.delivered failed');
  });
});
