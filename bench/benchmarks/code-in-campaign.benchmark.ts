import { setTimeout as pause } from 'node:timers/promises';
import { SmsProService, type SendSmsRequest } from 'nestjs-sms-pro';
import { bootHost } from '../application/host.js';
import { SimulatedGateway } from '../gateway/simulated-gateway.js';
import type { Benchmark } from '../benchmark.js';
import { DATABASE_NAMES } from '../extent.js';
import { msBetween, percentile } from '../measure.js';
import { phones } from '../phones.js';

/** About the latency of a real gateway. */
const GATEWAY_LATENCY_MS = 50;
const DISTANCE_MS = 100;
const PACKET_PHONES = 50;
const TEXT = 'Spring sale: 20 percent off until Sunday';

/** One-time codes while a campaign is stored and sent: they overtake it. */
export const CODE_IN_CAMPAIGN: Benchmark = {
  name: 'code-in-campaign',
  title: `One-time code in the middle of a campaign, gateway latency ${GATEWAY_LATENCY_MS} ms`,
  databases: DATABASE_NAMES,
  rows: () => [
    { figure: 'p50', what: 'send() to the wire, p50', unit: 'ms' },
    { figure: 'p99', what: 'send() to the wire, p99', unit: 'ms' },
    { figure: 'most', what: 'send() to the wire, slowest', unit: 'ms', targets: [{ is: 'most', value: 1_000 }] },
    { figure: 'campaign', what: 'the campaign meanwhile', unit: 'recipients/s' },
  ],
  async prepare(context) {
    const gateway = await SimulatedGateway.start(context.children);
    await gateway.setLatency(GATEWAY_LATENCY_MS);
    const app = await bootHost(context, { baseUrl: gateway.url });
    const sms = app.get(SmsProService);
    const amount = context.amount(50_000, 2_000);
    return {
      ours: async () => {
        const numbers = phones(amount);
        function* requests(): Generator<SendSmsRequest> {
          for (const to of numbers) yield { to, text: TEXT };
        }
        const answered = await gateway.answered();
        const startedAt = process.hrtime.bigint();
        const progress = { isOver: false };
        const campaign = sms.sendBulk(requests());
        const all = campaign
          .then(() => gateway.untilAnswered(answered + amount / PACKET_PHONES))
          .then((at) => {
            progress.isOver = true;
            return at;
          });
        const times: number[] = [];
        const arrivals: Promise<void>[] = [];
        do {
          const [to = ''] = phones(1);
          const { text, arrived } = gateway.expectCode();
          const askedAt = process.hrtime.bigint();
          arrivals.push(arrived.then((at) => void times.push(msBetween(askedAt, at))));
          await sms.send({ to, text, priority: 'high' });
          await pause(DISTANCE_MS);
        } while (!progress.isOver);
        const ms = msBetween(startedAt, await all);
        await Promise.all(arrivals);
        return {
          p50: percentile(times, 50),
          p99: percentile(times, 99),
          most: Math.max(...times),
          campaign: (amount * 1_000) / ms,
        };
      },
    };
  },
};
