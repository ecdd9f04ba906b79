import { SmsProGateway, SmsProService } from 'nestjs-sms-pro';
import { bootHost } from '../application/host.js';
import { sendPacketsAlone } from '../floors/client-alone.js';
import { SimulatedGateway } from '../gateway/simulated-gateway.js';
import type { Benchmark } from '../benchmark.js';
import { DATABASE_NAMES } from '../extent.js';
import { msBetween, ratePerSecond } from '../measure.js';
import { phones } from '../phones.js';

const IN_FLIGHT = 16;
const PACKET_PHONES = 50;
const TEXT = 'Your order is ready';
const WAIT_MS = 120_000;

/** From `send()` to the gateway's answer to the last packet, compared with the HTTP client alone. */
export const END_TO_END: Benchmark = {
  name: 'end-to-end',
  title: 'End to end, 50 phones a packet, gateway latency 0',
  databases: DATABASE_NAMES,
  whyNot: {
    sqlite:
      'A fifth of the time is the one transaction that stores 50,000 recipients before the first packet is sent. After that, sending and the COMMITs of claim, settle and event share one process with the HTTP client. With 64 in flight it is more than half of the floor: see the table by the gateway’s latency.',
    postgres:
      'Database, gateway and client share two cores. A packet is stored, claimed and settled, and its events are delivered; each step is committed to disk, and the floor has none of them. By profile they take 0.25 ms of the process and about as much of the server, next to 0.17 ms of the HTTP client. Tried and kept: pipelined statements, a slot that is free while its packet is being settled, no second query for what is due, events claimed less often (0.31 became 0.33 to 0.37, and 740 packets/s became 1,050 to 1,150 on an idle machine). What is left is mostly waiting: a slot is empty until the next claim is on disk. With 64 in flight it is half of the floor: see the table by the gateway’s latency.',
    mariadb:
      'As on PostgreSQL, and each statement is a round trip: mysql2 sends a statement only after the previous one is answered. Tried and kept: the isolation level set once per connection, not before each transaction.',
  },
  rows: () => [
    {
      figure: 'rate',
      what: `stored, sent and settled, ${IN_FLIGHT} in flight`,
      unit: 'packets/s',
      targets: [{ is: 'of-floor', least: 0.5 }],
    },
  ],
  async prepare(context) {
    const gateway = await SimulatedGateway.start(context.children);
    const app = await bootHost(context, { baseUrl: gateway.url, dispatch: { concurrency: IN_FLIGHT } });
    const sms = app.get(SmsProService);
    const client = app.get(SmsProGateway);
    const packets = context.amount(1_000, 50);
    return {
      ours: async () => {
        const answered = await gateway.answered();
        const last = gateway.untilAnswered(answered + packets);
        const startedAt = process.hrtime.bigint();
        const { messageId } = await sms.send({ to: phones(packets * PACKET_PHONES), text: TEXT });
        const ms = msBetween(startedAt, await last);
        const { counts } = await sms.waitFor(messageId, 'accepted', { timeoutMs: WAIT_MS });
        if (counts.accepted !== packets * PACKET_PHONES) {
          throw new Error(`Not all were accepted: ${JSON.stringify(counts)}`);
        }
        return { rate: (packets * 1_000) / ms };
      },
      floor: async () => ({ rate: await ratePerSecond(packets, () => sendPacketsAlone(client, packets, IN_FLIGHT)) }),
    };
  },
};
