import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { SchedulerRegistry } from '@nestjs/schedule';
import {
  SmsProBalanceService,
  SmsProEvents,
  SmsProGateway,
  SmsProGatewayError,
  SmsProInputError,
  SmsProLookupService,
  SmsProService,
  type SmsProEvent,
} from 'nestjs-sms-pro';
import { TestHost } from './module.fixture.js';
import { eventually } from './support/eventually.js';

let host: TestHost;

beforeEach(async () => {
  host = await TestHost.open();
});

afterEach(async () => {
  await host.close();
});

describe('the services', () => {
  it('ask for the balance and look numbers up, once per number', async () => {
    host.simulator.setAccount({ login: 'demo', password: 'demo', balance: '20123.12', smsPrice: '0.50' });
    const app = await host.bootAccount();
    const balance = await app.get(SmsProBalanceService).getBalance();
    expect(balance).toMatchObject({ balance: '20123.12', smsPrice: '0.50', active: true });
    expect(balance.checkedAt).toBeInstanceOf(Date);
    const lookup = app.get(SmsProLookupService);
    const [one, two] = await Promise.all([lookup.lookup('996555123456'), lookup.lookup('+996 555 12 34 56')]);
    expect(one).toEqual(two);
    await lookup.lookup('0555123456');
    expect(host.simulator.requests().filter(({ call }) => call === 'def')).toHaveLength(1);
    expect(await lookup.lookup('996111111111')).toBeNull();
    await expect(lookup.lookup('12')).rejects.toThrow(SmsProInputError);
  });

  it('the gateway’s refusal names where to fix it', async () => {
    const app = await host.bootAccount({ password: 'wrong' });
    const refused = app.get(SmsProBalanceService).getBalance();
    await expect(refused).rejects.toThrow(SmsProGatewayError);
    await expect(refused).rejects.toMatchObject({
      call: 'info',
      status: '2',
      hint: expect.stringContaining('password'),
    });
    expect(await app.get(SmsProGateway).getAccount().catch(String)).not.toContain('wrong');
  });

  it('a low balance is one event', async () => {
    host.simulator.setAccount({ login: 'demo', password: 'demo', balance: '99.99' });
    const app = await host.bootAccount({ balance: { lowBelow: '100' } });
    const told: unknown[] = [];
    app.get(EventEmitter2).on('sms-pro.balance.low', (event: SmsProEvent<'balance.low'>) => told.push(event.balance));
    await app.get(SmsProBalanceService).getBalance();
    await app.get(SmsProBalanceService).getBalance();
    await eventually(
      () => told,
      (seen) => seen.length > 0,
    );
    expect(told).toEqual(['99.99']);
  });

  it('polling is visible in the registry of @nestjs/schedule, and gone after the shutdown', async () => {
    const app = await host.bootAccount({ polling: { enabled: true } });
    const registry = app.get(SchedulerRegistry);
    expect(registry.getIntervals()).toContain('sms-pro.default.poll');
    await host.closeApp();
    expect(registry.getIntervals()).not.toContain('sms-pro.default.poll');
  });

  it('waiting that ends too soon says where the message stands', async () => {
    const app = await host.bootAccount({ dispatch: { enabled: false } });
    const sms = app.get(SmsProService);
    const { messageId } = await sms.send({ to: '996555123456', text: 'Hello' });
    await expect(sms.waitFor(messageId, 'accepted', { timeoutMs: 30 })).rejects.toMatchObject({
      code: 'WAIT_TIMEOUT',
      status: { messageId, counts: { queued: 1 } },
    });
    await expect(sms.waitFor('no-such-message', 'final', { timeoutMs: 30 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(sms.waitFor(messageId, 'final', { timeoutMs: Number.NaN })).rejects.toThrow(/timeoutMs/);
    expect(await sms.status('no-such-message')).toBeNull();
  });

  it('parked events are empty where nothing failed', async () => {
    const app = await host.bootAccount();
    expect(await app.get(SmsProEvents).failed()).toEqual([]);
  });
});
