import { setImmediate as breathe } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { SmsProGateway, SmsProModule, SmsProService, type SmsProModuleOptions } from 'nestjs-sms-pro';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import type { DataSourceOptions } from 'typeorm';
import { bootApp, quickOptions, scratchFolder } from './support/booted-app.js';
import { eventually, LONG_MS } from './support/eventually.js';
import { testDatabases } from './support/test-databases.js';

/** By their last digits they stay "sent" for ever, so there is always something to ask. */
const PHONES = ['996555110000', '996555120000', '996555130000'];
const QUERIES = 60;

interface Ground {
  readonly name: string;
  readonly applications: number;
  /** The database, where it is not the one of the scratch folder. */
  readonly database?: () => Promise<{ readonly options: DataSourceOptions; drop(): Promise<void> }>;
}

const GROUNDS: readonly Ground[] = [
  { name: 'one application', applications: 1 },
  ...(await testDatabases())
    .filter(({ name }) => name !== 'sqlite')
    .map((kind) => ({ name: `two applications on ${kind.name}`, applications: 2, database: () => kind.create() })),
];

// The simulator answers 5 to a query that comes while another one for the same id is open.
describe.each(GROUNDS)('$name, asked by everybody at once', ({ applications, database }) => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let simulator: Simulator;
  let options: SmsProModuleOptions;
  let drop: () => Promise<void>;
  const apps: INestApplication[] = [];
  let url: string;

  beforeEach(async () => {
    folder = await scratchFolder();
    const scratch = await database?.();
    drop = scratch?.drop ?? (async () => {});
    simulator = await startSimulator({
      lives: { sentAfterMs: 10, deliveredAfterMs: 20 },
      faults: [
        { call: 'dr', action: 'latency', ms: 40, maxMs: 120 },
        { call: 'message', probability: 0.5, action: 'drop-after' },
      ],
    });
    options = {
      ...quickOptions(simulator.url, folder.file('sms.sqlite')),
      polling: { intervalMs: 100, staleAfterMs: 10 },
      ...(scratch === undefined ? {} : { database: scratch.options }),
    };
    for (let at = 0; at < applications; at += 1) {
      const booted = await bootApp({ modules: [SmsProModule.forRoot(options)] });
      apps.push(booted.app);
      ({ url } = booted);
    }
    // Pushes make packets accepted while dispatch still asks whether they were taken.
    simulator.setAccount({ login: 'demo', reportUrl: `${url}/sms-pro/reports` });
  });

  afterEach(async () => {
    await Promise.all(apps.splice(0).map((app) => app.close()));
    await simulator.stop();
    await drop();
    await folder.remove();
  });

  const queries = () => simulator.requests().filter(({ call }) => call === 'dr');

  it('no id is queried twice at the same time: polls, probes and refreshes wait for each other', async () => {
    const services = apps.map((app) => app.get(SmsProService));
    const [first] = services;
    const messageIds: string[] = [];
    const packetIds: string[] = [];
    for (const phone of PHONES) {
      const receipt = await first?.send({ to: phone, text: `To ${phone}` });
      messageIds.push(receipt?.messageId ?? '');
      packetIds.push(...(receipt?.packetIds ?? []));
    }
    // A refresh by hand has no lease: only its own process knows of it.
    const byHand = applications === 1 ? apps.map((app) => app.get(SmsProGateway)) : [];
    while (queries().length < QUERIES) {
      // A message that is still queued has nothing to ask: what sends it needs its turn too.
      await breathe();
      await Promise.all([
        ...services.flatMap((sms) => messageIds.flatMap((id) => [sms.refresh(id), sms.refresh(id)])),
        // "Not found" is a refusal here, and soon after a send it is expected.
        ...byHand.flatMap((gateway) => packetIds.map((id) => gateway.getReports(id).catch(() => null))),
      ]);
    }
    const statuses = new Set(queries().map(({ status }) => status));
    expect([...statuses].filter((status) => status !== null && status !== 0 && status !== 4)).toEqual([]);
    const asked = new Set(queries().map(({ packetId }) => packetId));
    expect(asked.size).toBe(PHONES.length);
    for (const messageId of messageIds) {
      await eventually(
        async () => (await first?.status(messageId))?.counts.sent,
        (sent) => sent === 1,
      );
    }
  });

  it('a refresh by hand shares the answer that is on its way', async () => {
    const [app] = apps;
    const sms = app?.get(SmsProService);
    const gateway = app?.get(SmsProGateway);
    const receipt = await sms?.send({ to: '996555123401', text: 'Hello' });
    await sms?.waitFor(receipt?.messageId ?? '', 'final', { timeoutMs: LONG_MS });
    const packetId = receipt?.packetIds[0] ?? '';
    const before = queries().length;
    const reports = await Promise.all([1, 2, 3].map(() => gateway?.getReports(packetId)));
    expect(reports.map((list) => list?.map(({ phone, code }) => `${phone} ${code}`))).toEqual(
      [1, 2, 3].map(() => ['996555123401 3']),
    );
    // None at all, where a poll was just asking.
    expect(queries().length - before).toBeLessThanOrEqual(1);
  });
});
