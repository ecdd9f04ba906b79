import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { askDef, askInfo, askReport, fieldsOf, post, sendMessage } from '../gateway-client.fixture.js';
import { createManualClock, startSimulator, type Simulator } from '../index.js';

describe('the read-only calls', () => {
  let simulator: Simulator;

  beforeEach(async () => {
    // 2026-01-01 06:00:00 in Bishkek.
    simulator = await startSimulator({ clock: createManualClock(Date.UTC(2026, 0, 1)) });
  });
  afterEach(() => simulator.stop());

  describe('/api/dr', () => {
    it('reports a message as queued, then sent to the operator, then delivered', async () => {
      const number = '996550123456';
      await sendMessage(simulator);
      const queued = { number, report: '0', sendTime: '', rcvTime: '' };
      expect(await askReport(simulator)).toEqual({ status: '0', phones: [queued] });
      await simulator.advance(200);
      const sent = { number, report: '1', sendTime: '20260101060000', rcvTime: '' };
      expect(await askReport(simulator)).toEqual({ status: '0', phones: [sent] });
      await simulator.advance(800);
      const delivered = { number, report: '3', sendTime: '20260101060000', rcvTime: '20260101060001' };
      expect(await askReport(simulator)).toEqual({ status: '0', phones: [delivered] });
    });

    it.each([
      ['0000', '1', true, false],
      ['0001', '0', false, false],
      ['0002', '2', false, false],
      ['0003', '3', true, true],
      ['0004', '4', true, true],
      ['0005', '5', false, false],
      ['0006', '6', true, false],
      ['0007', '7', true, false],
    ])('a number that ends in %s ends with report %s', async (ending, report, sendTime, rcvTime) => {
      await sendMessage(simulator, { phones: [`99655012${ending}`] });
      await simulator.advance(3_600_000);
      const { phones } = await askReport(simulator);
      expect(phones[0]?.report).toBe(report);
      expect([phones[0]?.sendTime !== '', phones[0]?.rcvTime !== '']).toEqual([sendTime, rcvTime]);
    });

    it('reports only the phone that it is asked for, with or without its plus', async () => {
      await sendMessage(simulator, { phones: ['996550123456', '996550123457'] });
      expect((await askReport(simulator)).phones).toHaveLength(2);
      const { phones } = await askReport(simulator, 'A88726', '+996550123457');
      expect(phones.map(({ number }) => number)).toEqual(['996550123457']);
    });

    it.each([
      ['1', '<dr><login>demo</login><pwd>demo</pwd></dr>'],
      ['1', '<message><login>demo</login><pwd>demo</pwd><id>A88726</id></message>'],
      ['2', '<dr><login>demo</login><pwd>no</pwd><id>A88726</id></dr>'],
      ['4', '<dr><login>demo</login><pwd>demo</pwd><id>OTHER</id></dr>'],
      ['4', '<dr><login>demo</login><pwd>demo</pwd><id>A88726</id><phone>996550999999</phone></dr>'],
      ['4', '<dr><login>demo</login><pwd>demo</pwd><id>A88726</id><phone>99655</phone></dr>'],
    ])('answers %s to %s', async (status, xml) => {
      await sendMessage(simulator);
      expect(fieldsOf((await post(`${simulator.url}/api/dr`, xml)).body)).toEqual({ status });
    });

    it('answers 3 to an address that is not allowed', async () => {
      simulator.setAccount({ login: 'demo', allowedIps: ['10.0.0.1'] });
      expect((await askReport(simulator)).status).toBe('3');
    });

    it('answers 5 while another call for the same id waits for its answer', async () => {
      await sendMessage(simulator);
      simulator.addFault({ call: 'dr', action: 'hang', times: 1 });
      const first = askReport(simulator).catch(() => 'cut');
      while (simulator.stats().requests.inFlight === 0) await new Promise(setImmediate);
      expect((await askReport(simulator)).status).toBe('5');
      await simulator.goDown();
      expect(await first).toBe('cut');
    });
  });

  describe('/api/def', () => {
    it('answers region, operator and timezone, and -1 for an unknown timezone', async () => {
      expect(await askDef(simulator, '+996550123456')).toEqual({
        status: '0',
        region: 'Бишкек,Бишкек',
        operator: 'MegaCom',
        timezone: '6',
      });
      expect((await askDef(simulator, '996990123456'))['timezone']).toBe('-1');
    });

    it('takes the longest prefix of an account’s own plan', async () => {
      simulator.setAccount({
        login: 'demo',
        numberPlan: [
          { prefix: '996', region: 'A', operator: 'a', timezone: 1 },
          { prefix: '99655', region: 'B & C', operator: 'b', timezone: 2 },
        ],
      });
      expect(await askDef(simulator, '996550123456')).toMatchObject({ region: 'B &amp; C', timezone: '2' });
    });

    it.each([
      ['3', '99655'],
      ['3', ''],
      ['4', '996312123456'],
    ])('answers %s to the phone "%s"', async (status, phone) => {
      expect(await askDef(simulator, phone)).toEqual({ status });
    });

    it('does not check the address: it has no status for that', async () => {
      simulator.setAccount({ login: 'demo', allowedIps: ['10.0.0.1'] });
      expect((await askDef(simulator, '996550123456'))['status']).toBe('0');
    });

    it('answers 1 without a phone and 2 to a wrong password', async () => {
      const def = `${simulator.url}/api/def`;
      const unasked = await post(def, '<def><login>demo</login><pwd>demo</pwd></def>');
      expect(fieldsOf(unasked.body)).toEqual({ status: '1' });
      const wrong = await post(def, '<def><login>demo</login><pwd>no</pwd><phone>996550123456</phone></def>');
      expect(fieldsOf(wrong.body)).toEqual({ status: '2' });
    });
  });

  describe('/api/info', () => {
    it('shows state, balance and price with two decimals', async () => {
      simulator.setAccount({ login: 'demo', state: 1, balance: '20123.1', smsPrice: '0.5', credit: '99' });
      expect(await askInfo(simulator)).toEqual({ status: '0', state: '1', account: '20123.10', smsprice: '0.50' });
    });

    it('answers 1 to another root, 2 to a wrong password, 3 to an address that is not allowed', async () => {
      expect(fieldsOf((await post(`${simulator.url}/api/info`, '<dr/>')).body)).toEqual({ status: '1' });
      expect(await askInfo(simulator, 'no')).toEqual({ status: '2' });
      simulator.setAccount({ login: 'demo', allowedIps: [] });
      expect(await askInfo(simulator)).toEqual({ status: '3' });
    });
  });
});
