import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SmsProModule } from 'nestjs-sms-pro';
import type { DataSourceOptions } from 'typeorm';
import { hostModule, moduleOptions } from '../application/host.js';
import { fill } from '../databases/fill.js';
import { openBareStore } from '../floors/open-bare-store.js';
import { migratedDatabase } from '../floors/migrated.js';
import type { Benchmark } from '../benchmark.js';
import { DATABASE_NAMES } from '../extent.js';

const PACKET_PHONES = 50;

/** From `NestFactory.create()` until the application listens. */
export const START_UP: Benchmark = {
  name: 'start-up',
  title: 'Start-up: NestFactory.create() until it listens',
  databases: DATABASE_NAMES,
  rows: () => [
    { figure: 'first', what: 'first start, which makes the tables', unit: 'ms' },
    { figure: 'again', what: 'a start on tables that are there', unit: 'ms' },
    { figure: 'full', what: 'a start with 1,000,000 recipients queued', unit: 'ms' },
  ],
  async prepare(context) {
    const ready = await migratedDatabase(context);
    const full = await migratedDatabase(context);
    const bare = await openBareStore(full);
    const now = Date.now();
    await fill(bare, context.database, {
      packets: context.amount(20_000, 200),
      phones: PACKET_PHONES,
      state: "'queued'",
      nextPollAt: 'NULL',
      isOver: '0',
      eventState: null,
      now,
    });
    await bare.close();
    return {
      ours: async () => ({
        first: await startTime(withModule((await context.createDatabase()).options)),
        again: await startTime(withModule(ready.options)),
        full: await startTime(withModule(full.options)),
      }),
      floor: async () => {
        const ms = await startTime(hostModule([]));
        return { first: ms, again: ms, full: ms };
      },
    };
  },
};

function withModule(database: DataSourceOptions): Type {
  return hostModule([SmsProModule.forRoot(moduleOptions({ database, dispatch: { enabled: false } }))]);
}

async function startTime(host: Type): Promise<number> {
  const startedAt = performance.now();
  const app = await NestFactory.create(host, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const ms = performance.now() - startedAt;
  await app.close();
  return ms;
}
