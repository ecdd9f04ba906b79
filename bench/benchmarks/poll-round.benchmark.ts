import { setTimeout as pause } from 'node:timers/promises';
import { SmsProGateway, SmsProService } from 'nestjs-sms-pro';
import { bootHost } from '../application/host.js';
import { ManualScheduler } from '../application/manual-scheduler.js';
import { fill } from '../databases/fill.js';
import { openBareStore } from '../floors/open-bare-store.js';
import { migratedDatabase } from '../floors/migrated.js';
import { SimulatedGateway } from '../gateway/simulated-gateway.js';
import type { Figures, Benchmark } from '../benchmark.js';
import { DATABASE_NAMES } from '../extent.js';
import { atOnce, median, timeOf } from '../measure.js';
import { phones } from '../phones.js';

const PACKET_PHONES = 50;
/** Packets that one round asks about: the module's own default. */
const ROUND = 100;
/** Requests at once: as many as the module makes. */
const REQUESTS_AT_ONCE = 2;
const IDLE_ROUNDS = 20;
const INTERVAL_MS = 100;
const STALE_MS = 10;
const LOOK_MS = 20;
const HOUR_MS = 60 * 60_000;

/** The cost of a poll round while a million recipients wait for reports and are not yet due to be polled. */
export const POLL_ROUND: Benchmark = {
  name: 'poll-round',
  title: 'One poll round with 1,000,000 open recipients',
  databases: DATABASE_NAMES,
  rows: () => [
    { figure: 'idle', what: 'a round with nothing due', unit: 'ms' },
    {
      figure: 'round',
      what: `a round that asks about ${ROUND} packets and stores ${ROUND * PACKET_PHONES} reports`,
      unit: 'ms',
    },
    { figure: 'cpu', what: 'processor time of that round in this process', unit: 'ms' },
  ],
  async prepare(context) {
    const gateway = await SimulatedGateway.start(context.children, {
      lives: { endings: false, sentAfterMs: 0, deliveredAfterMs: 0 },
    });
    const database = await migratedDatabase(context);
    const bare = await openBareStore(database);
    const now = Date.now();
    await fill(bare, context.database, {
      packets: context.amount(20_000, 200),
      phones: PACKET_PHONES,
      state: "'accepted'",
      nextPollAt: `${now + HOUR_MS} + n`,
      isOver: '0',
      eventState: null,
      now,
    });
    await bare.close();
    const scheduler = new ManualScheduler();
    const app = await bootHost(context, {
      baseUrl: gateway.url,
      database: database.options,
      scheduler: scheduler.factory,
      polling: { batchSize: ROUND, intervalMs: INTERVAL_MS, staleAfterMs: STALE_MS },
    });
    const sms = app.get(SmsProService);
    const client = app.get(SmsProGateway);
    const sendRound = async () => {
      const { messageId, packetIds } = await sms.send({ to: phones(ROUND * PACKET_PHONES), text: 'Hello' });
      while (!(await isAccepted(sms, messageId))) {
        await scheduler.work.dispatch();
        await pause(LOOK_MS);
      }
      await pause(INTERVAL_MS);
      return { messageId, packetIds };
    };
    return {
      ours: async (): Promise<Figures> => {
        await pause(INTERVAL_MS);
        const idle: number[] = [];
        for (let at = 0; at < IDLE_ROUNDS; at += 1) idle.push(await timeOf(() => scheduler.work.poll()));
        const { messageId } = await sendRound();
        const before = process.cpuUsage();
        const round = await timeOf(() => scheduler.work.poll());
        const { user, system } = process.cpuUsage(before);
        const status = await sms.status(messageId);
        if (status?.counts.delivered !== ROUND * PACKET_PHONES) {
          throw new Error(`The round did not settle all: ${JSON.stringify(status?.counts)}`);
        }
        return { idle: median(idle), round, cpu: (user + system) / 1_000 };
      },
      floor: async (): Promise<Figures> => {
        const { packetIds } = await sendRound();
        const round = await timeOf(() => atOnce(packetIds, REQUESTS_AT_ONCE, (id) => client.getReports(id)));
        return { round };
      },
    };
  },
};

async function isAccepted(sms: SmsProService, messageId: string): Promise<boolean> {
  const status = await sms.status(messageId);
  return status !== null && status.counts.queued === 0;
}
