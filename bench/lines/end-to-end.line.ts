import { SmsProGateway, SmsProService } from 'nestjs-sms-pro';
import { bootHost } from '../application/host.js';
import { sendPacketsAlone } from '../floors/client-alone.js';
import { SimulatedGateway } from '../gateway/simulated-gateway.js';
import { DATABASE_NAMES, type Line } from '../line.js';
import { msBetween, ratePerSecond } from '../measure.js';
import { phones } from '../phones.js';

const IN_FLIGHT = 16;
const PACKET_PHONES = 50;
const TEXT = 'Your order is ready';
const WAIT_MS = 120_000;

/** From `send()` to the gateway's answer to the last packet, beside the HTTP client alone. */
export const END_TO_END: Line = {
  name: 'end-to-end',
  title: 'End to end, 50 phones a packet, gateway latency 0',
  databases: DATABASE_NAMES,
  rows: () => [
    {
      figure: 'rate',
      what: `stored, sent and settled, ${IN_FLIGHT} in flight`,
      unit: 'packets/s',
      targets: [{ is: 'of-floor', least: 0.5 }],
    },
  ],
  async prepare(scratch) {
    const gateway = await SimulatedGateway.start(scratch.children);
    const app = await bootHost(scratch, { baseUrl: gateway.url, dispatch: { concurrency: IN_FLIGHT } });
    const sms = app.get(SmsProService);
    const client = app.get(SmsProGateway);
    const packets = scratch.amount(1_000, 50);
    return {
      ours: async () => {
        const answered = await gateway.answered();
        const last = gateway.untilAnswered(answered + packets);
        const startedAt = process.hrtime.bigint();
        const { messageId } = await sms.send({ to: phones(packets * PACKET_PHONES), text: TEXT });
        const ms = msBetween(startedAt, await last);
        const { counts } = await sms.waitFor(messageId, 'accepted', { timeoutMs: WAIT_MS });
        if (counts.accepted !== packets * PACKET_PHONES)
          throw new Error(`Not all were accepted: ${JSON.stringify(counts)}`);
        return { rate: (packets * 1_000) / ms };
      },
      floor: async () => ({ rate: await ratePerSecond(packets, () => sendPacketsAlone(client, packets, IN_FLIGHT)) }),
    };
  },
};
