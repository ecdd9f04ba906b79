import { SmsProService, type SendSmsRequest } from 'nestjs-sms-pro';
import { bootHost } from '../application/host.js';
import { SimulatedGateway } from '../gateway/simulated-gateway.js';
import type { Benchmark } from '../benchmark.js';
import { msBetween } from '../measure.js';
import { bootPeer } from '../peers/boot-peer.js';
import { phones } from '../phones.js';

const IN_FLIGHT = 16;
const PACKET_PHONES = 50;
const TEXT = 'Spring sale: 20 percent off until Sunday';
const LOOK_MS = 20;

/** A campaign from the call to the gateway's last answer, compared with the hand-written service. */
export const PEER: Benchmark = {
  name: 'peer',
  title: 'A campaign against the hand-written service',
  databases: ['postgres', 'mariadb'],
  rows: () => [
    {
      figure: 'rate',
      what: 'one text to all: stored, queued and sent',
      unit: 'recipients/s',
      targets: [{ is: 'of-peer', least: 10 }],
    },
  ],
  async prepare(context) {
    const gateway = await SimulatedGateway.start(context.children);
    const app = await bootHost(context, { baseUrl: gateway.url, dispatch: { concurrency: IN_FLIGHT } });
    const sms = app.get(SmsProService);
    const peer = await bootPeer(context, { works: true, gatewayUrl: gateway.url, concurrency: IN_FLIGHT });
    const amount = context.amount(40_000, 1_000);
    const peerAmount = context.amount(2_000, 100);
    return {
      ours: async () => {
        const numbers = phones(amount);
        function* requests(): Generator<SendSmsRequest> {
          for (const to of numbers) yield { to, text: TEXT };
        }
        const answered = await gateway.answered();
        const last = gateway.untilAnswered(answered + amount / PACKET_PHONES);
        const startedAt = process.hrtime.bigint();
        const { campaignId } = await sms.sendBulk(requests());
        const ms = msBetween(startedAt, await last);
        for (;;) {
          const campaign = await sms.campaign(campaignId);
          if (campaign?.counts.accepted === amount) break;
          await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        }
        return { rate: (amount * 1_000) / ms };
      },
      peer:
        peer &&
        (async () => {
          const numbers = phones(peerAmount);
          const answered = await gateway.answered();
          const last = gateway.untilAnswered(answered + peerAmount);
          const startedAt = process.hrtime.bigint();
          await peer.sms.sendMany(numbers, TEXT);
          return { rate: (peerAmount * 1_000) / msBetween(startedAt, await last) };
        }),
    };
  },
};
