import { setTimeout as pause } from 'node:timers/promises';
import { SmsProGateway, SmsProService } from 'nestjs-sms-pro';
import { bootHost } from '../application/host.js';
import { bareMessage } from '../floors/bare-rows.js';
import { freshPacketId } from '../floors/client-alone.js';
import { migratedBareStore } from '../floors/migrated.js';
import { SimulatedGateway } from '../gateway/simulated-gateway.js';
import type { Figures, Benchmark } from '../benchmark.js';
import { DATABASE_NAMES } from '../extent.js';
import { msBetween, percentile } from '../measure.js';
import { bootPeer } from '../peers/boot-peer.js';
import { phones } from '../phones.js';

/** Longest pause, in ms, between two codes. It is random, so that codes do not fall into step with a timer. */
const MAX_REST_MS = 15;

/** From `send()` until the gateway has the first bytes of the request, one code at a time on an idle machine. */
export const CODE: Benchmark = {
  name: 'code',
  title: 'One-time code: send() to the request on the wire',
  databases: DATABASE_NAMES,
  rows: () => [
    { figure: 'p50', what: 'one-time code, p50', unit: 'ms', targets: [{ is: 'above-floor', most: 3 }] },
    { figure: 'p99', what: 'one-time code, p99', unit: 'ms', targets: [{ is: 'above-floor', most: 25 }] },
  ],
  async prepare(context) {
    const gateway = await SimulatedGateway.start(context.children);
    const app = await bootHost(context, { baseUrl: gateway.url });
    const sms = app.get(SmsProService);
    const client = app.get(SmsProGateway);
    const bare = await migratedBareStore(context);
    const peer = await bootPeer(context, { works: true, gatewayUrl: gateway.url, concurrency: 8 });
    const codes = context.amount(300, 20);
    const oneByOne = async (send: (phone: string, text: string) => Promise<unknown>): Promise<Figures> => {
      const times: number[] = [];
      for (const phone of phones(codes)) {
        const { text, arrived } = gateway.expectCode();
        const startedAt = process.hrtime.bigint();
        const sent = send(phone, text);
        times.push(msBetween(startedAt, await arrived));
        await sent;
        await pause(Math.random() * MAX_REST_MS);
      }
      return { p50: percentile(times, 50), p99: percentile(times, 99) };
    };
    return {
      ours: () => oneByOne((to, text) => sms.send({ to, text, priority: 'high' })),
      floor: () =>
        oneByOne(async (phone, text) => {
          await bare.storeOne(bareMessage([phone], text));
          await client.sendPacket({ id: freshPacketId(), phones: [phone], sender: 'My-company', text });
        }),
      peer: peer && (() => oneByOne((phone, text) => peer.sms.send(phone, text))),
    };
  },
};
