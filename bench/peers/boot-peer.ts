import { randomBytes } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { serverUrl, whyMissing } from '../../test/support/test-servers.js';
import type { BenchContext } from '../bench-context.js';
import { SmsModule } from './hand-written/sms.module.js';
import { SmsService } from './hand-written/sms.service.js';

const NO_GATEWAY = 'http://127.0.0.1:9';

/** How the peer runs. */
export interface PeerRequest {
  /** Whether it takes jobs, or only stores and queues. */
  readonly works: boolean;
  readonly gatewayUrl?: string;
  readonly concurrency?: number;
}

/** A running peer. */
export interface Peer {
  readonly sms: SmsService;
  readonly reportsUrl: string;
}

/**
 * Boots the hand-written service on its own database; it is closed when the benchmark ends. Returns `undefined` where it
 * cannot run: it needs Redis, and TypeORM on SQLite mixes up transactions that run at the same time.
 */
export async function bootPeer(context: BenchContext, request: PeerRequest): Promise<Peer | undefined> {
  if (context.database === 'sqlite') return undefined;
  const why = await whyMissing('redis');
  if (why !== null) {
    process.stderr.write(`The hand-written peer is NOT RUN: ${why}\n`);
    return undefined;
  }
  const { hostname: host, port } = new URL(serverUrl('redis'));
  const module = SmsModule.forRoot({
    gatewayUrl: request.gatewayUrl ?? NO_GATEWAY,
    login: 'demo',
    password: 'demo',
    sender: 'My-company',
    database: (await context.createDatabase()).options,
    redis: { host, port: Number(port) },
    queueName: 'sms',
    queuePrefix: `sms_pro_bench_${randomBytes(6).toString('hex')}`,
    concurrency: request.concurrency ?? 1,
    works: request.works,
  });
  const app = await NestFactory.create<NestExpressApplication>(module, { logger: false, abortOnError: false });
  context.atEnd(() => app.close());
  app.useBodyParser('text', { type: ['text/xml', 'application/xml'], limit: '1mb' });
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  return { sms: app.get(SmsService), reportsUrl: `${url}/reports` };
}
