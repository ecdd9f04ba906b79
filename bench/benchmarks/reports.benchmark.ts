import { EventEmitter2 } from '@nestjs/event-emitter';
import { SmsProService } from 'nestjs-sms-pro';
import { bootHttpHost } from '../application/host.js';
import { ReportFloorController } from '../floors/report-floor.controller.js';
import { Pusher, reportDocument } from '../gateway/pusher.js';
import { SimulatedGateway } from '../gateway/simulated-gateway.js';
import type { Figures, Benchmark } from '../benchmark.js';
import { DATABASE_NAMES } from '../extent.js';
import { bootPeer, type Peer } from '../peers/boot-peer.js';
import { phones } from '../phones.js';

const PACKET_PHONES = 50;
const CONNECTIONS = 50;
const IN_FLIGHT = 16;
const WAIT_MS = 300_000;

/** Report documents pushed by the gateway, each stored before it is answered. */
export const REPORTS: Benchmark = {
  name: 'reports',
  title: 'Reports pushed, 50 phones a document, 50 connections',
  databases: DATABASE_NAMES,
  whyNot: {
    sqlite:
      'Meanwhile the events are delivered in the same process: without them it is 0.39. The rest is the cost of the rows: a report, an event and a changed recipient for each phone.',
    postgres:
      'For each phone a report and an event are inserted, into seven indexes, and a recipient is updated; meanwhile the events are delivered, with two more updates of each. Without events it is 0.33. By profile the server takes more than half of the time. Tried and kept: updates from arrays instead of thousands of parameters, pipelined statements, events claimed less often (17,900 phones/s became 23,000). Tried and not kept: half of each page of recipients left free for updates (4 % more).',
    mariadb:
      'As on PostgreSQL, and each statement is a round trip; the recipients to update are found with a derived table that MariaDB builds for each statement.',
  },
  rows: () => [
    { figure: 'stored', what: 'reports stored', unit: 'phones/s', targets: [{ is: 'of-floor', least: 0.4 }] },
    { figure: 'told', what: 'stored, and every event delivered', unit: 'phones/s' },
  ],
  async prepare(context) {
    const gateway = await SimulatedGateway.start(context.children);
    const pusher = await Pusher.start(context.children);
    const { app, url } = await bootHttpHost(context, { baseUrl: gateway.url, dispatch: { concurrency: IN_FLIGHT } }, [
      ReportFloorController,
    ]);
    const sms = app.get(SmsProService);
    const told = new Counter();
    app.get(EventEmitter2).on('sms-pro.recipient.delivered', () => told.add());
    const peer = await bootPeer(context, { works: true, gatewayUrl: gateway.url, concurrency: IN_FLIGHT });
    const documents = context.amount(400, 10);
    const amount = documents * PACKET_PHONES;
    const sentPackets = async () => {
      const numbers = phones(amount);
      const { messageId } = await sms.send({ to: numbers, text: 'Your order is ready' });
      const { recipients } = await sms.waitFor(messageId, 'accepted', { timeoutMs: WAIT_MS });
      return { messageId, documents: documentsOf(recipients) };
    };
    return {
      ours: async () => {
        const sent = await sentPackets();
        const before = told.value;
        const startedAt = performance.now();
        const ms = await pusher.push(`${url}/sms-pro/reports`, sent.documents, CONNECTIONS);
        await told.until(before + amount, WAIT_MS);
        const toldMs = performance.now() - startedAt;
        const { counts } = await sms.waitFor(sent.messageId, 'final', { timeoutMs: WAIT_MS });
        if (counts.delivered !== amount) throw new Error(`Reports were lost: ${JSON.stringify(counts)}`);
        return { stored: (amount * 1_000) / ms, told: (amount * 1_000) / toldMs };
      },
      floor: async () => {
        const numbers = phones(amount).map((phone, at) => ({
          packetId: `floor${Math.floor(at / PACKET_PHONES)}`,
          phone,
        }));
        const ms = await pusher.push(`${url}/floor`, documentsOf(numbers), CONNECTIONS);
        return { stored: (amount * 1_000) / ms };
      },
      peer: peer && (() => peerReports(peer, pusher, context.amount(2_000, 100))),
    };
  },
};

function documentsOf(reports: readonly { readonly packetId: string; readonly phone: string }[]): string[] {
  const documents: string[] = [];
  for (let at = 0; at < reports.length; at += PACKET_PHONES) {
    documents.push(reportDocument(reports.slice(at, at + PACKET_PHONES)));
  }
  return documents;
}

/** The peer has one id per phone: its documents contain as many ids as ours contain phones. */
async function peerReports({ sms, reportsUrl }: Peer, pusher: Pusher, amount: number): Promise<Figures> {
  await sms.sendMany(phones(amount), 'Your order is ready');
  while ((await sms.count('new')) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  const sent = (await sms.sent()).map(({ gatewayId, phone }) => ({ packetId: gatewayId, phone }));
  const ms = await pusher.push(reportsUrl, documentsOf(sent), CONNECTIONS);
  if ((await sms.count('accepted')) > 0) throw new Error('The peer lost reports.');
  return { stored: (sent.length * 1_000) / ms };
}

/** A counter that can be waited for. */
class Counter {
  value = 0;
  private waiting: { readonly amount: number; readonly resolve: () => void } | null = null;

  add(): void {
    this.value += 1;
    if (this.waiting !== null && this.value >= this.waiting.amount) this.waiting.resolve();
  }

  async until(amount: number, timeoutMs: number): Promise<void> {
    if (this.value >= amount) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.waiting = { amount, resolve };
      timer = setTimeout(
        () => reject(new Error(`${this.value} of ${amount} events after ${timeoutMs} ms.`)),
        timeoutMs,
      );
    }).finally(() => clearTimeout(timer));
    this.waiting = null;
  }
}
