import { SmsProGateway, SmsProService } from 'nestjs-sms-pro';
import { bootHost } from '../application/host.js';
import { sendPacketsAlone } from '../floors/client-alone.js';
import { SimulatedGateway } from '../gateway/simulated-gateway.js';
import type { Figures, Benchmark } from '../benchmark.js';
import { DATABASE_NAMES } from '../extent.js';
import { msBetween, ratePerSecond } from '../measure.js';
import { phones } from '../phones.js';

/** As many requests in flight as the module's default number of sockets allows. */
const IN_FLIGHT = 64;
const PACKET_PHONES = 50;
const TEXT = 'Your order is ready';
const WAIT_MS = 120_000;
/** In rising order, so that the number in flight has reached its maximum before the gateway becomes slow. */
const LATENCIES_MS = [0, 50, 200, 1_000];
/** About how long, in ms, one latency is measured. */
const RUN_MS = 4_000;
/** The expected rate if the gateway answers at once. */
const PACKETS_PER_SECOND = 250;

const keyOf = (latencyMs: number) => `after${latencyMs}`;

/** Recipients per second, end to end, while every answer of the gateway is delayed. */
export const GATEWAY_LATENCY: Benchmark = {
  name: 'gateway-latency',
  title: `End to end by the gateway's latency, ${IN_FLIGHT} in flight, 50 phones a packet`,
  databases: DATABASE_NAMES,
  maxRuns: 3,
  rows: () =>
    LATENCIES_MS.map((ms) => ({ figure: keyOf(ms), what: `gateway answers after ${ms} ms`, unit: 'recipients/s' })),
  async prepare(context) {
    const gateway = await SimulatedGateway.start(context.children);
    const app = await bootHost(context, { baseUrl: gateway.url, dispatch: { concurrency: IN_FLIGHT } });
    const sms = app.get(SmsProService);
    const client = app.get(SmsProGateway);
    const latencies = context.extent.size === 'quick' ? LATENCIES_MS.slice(0, 2) : LATENCIES_MS;
    const packetsAt = (latencyMs: number) => {
      const most = latencyMs === 0 ? PACKETS_PER_SECOND : Math.min(PACKETS_PER_SECOND, (IN_FLIGHT * 1_000) / latencyMs);
      return Math.ceil((most * context.amount(RUN_MS, RUN_MS / 20)) / 1_000);
    };
    const atEach = async (measure: (packets: number) => Promise<number>): Promise<Figures> => {
      const figures: Record<string, number> = {};
      for (const latencyMs of latencies) {
        await gateway.setLatency(latencyMs);
        figures[keyOf(latencyMs)] = await measure(packetsAt(latencyMs));
      }
      await gateway.setLatency(0);
      return figures;
    };
    return {
      ours: () =>
        atEach(async (packets) => {
          const answered = await gateway.answered();
          const last = gateway.untilAnswered(answered + packets);
          const startedAt = process.hrtime.bigint();
          const { messageId } = await sms.send({ to: phones(packets * PACKET_PHONES), text: TEXT });
          const ms = msBetween(startedAt, await last);
          await sms.waitFor(messageId, 'accepted', { timeoutMs: WAIT_MS });
          return (packets * PACKET_PHONES * 1_000) / ms;
        }),
      floor: () =>
        atEach(async (packets) => {
          const rate = await ratePerSecond(packets, () => sendPacketsAlone(client, packets, IN_FLIGHT));
          return rate * PACKET_PHONES;
        }),
    };
  },
};
