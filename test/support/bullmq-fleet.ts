import type { INestApplicationContext } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { getSmsProToken, SmsProModule, SmsProService, type SmsProModuleOptions } from 'nestjs-sms-pro';
import { bullMqScheduler, type BullMqSchedulerOptions } from 'nestjs-sms-pro/bullmq';
import { startSimulator, type Simulator, type SimulatorOptions } from 'sms-pro-simulator';
import { bootApp, quickOptions } from './booted-app.js';
import { eventually } from './eventually.js';
import type { ScratchDatabase, TestDatabase } from './test-databases.js';

/** What one process of a fleet does otherwise than the others. */
export interface MemberRequest {
  readonly scheduler: BullMqSchedulerOptions;
  readonly dispatch?: SmsProModuleOptions['dispatch'];
  readonly more?: Partial<SmsProModuleOptions>;
  /** Name of the account. */
  readonly name?: string;
}

/** Several instances of the module on one database, against one simulator: the processes of a fleet, all in this one. */
export class TestFleet {
  private readonly members: INestApplicationContext[] = [];

  private constructor(
    readonly simulator: Simulator,
    private readonly database: ScratchDatabase,
  ) {}

  static async open(database: TestDatabase, options: SimulatorOptions = {}): Promise<TestFleet> {
    const scratch = await database.create();
    return new TestFleet(await startSimulator({ lives: { endings: false }, ...options }), scratch);
  }

  /** An application with HTTP that stores and does not send. */
  async api(request: MemberRequest): Promise<SmsProService> {
    const { app } = await bootApp({
      modules: [SmsProModule.forRoot(this.options({ ...request, dispatch: { enabled: false } }))],
    });
    this.members.push(app);
    return app.get(SmsProService);
  }

  /** An application without HTTP that sends. */
  async worker(request: MemberRequest): Promise<SmsProService> {
    @Module({
      imports: [
        EventEmitterModule.forRoot({ wildcard: true }),
        ScheduleModule.forRoot(),
        SmsProModule.forRoot(this.options(request)),
      ],
    })
    class WorkerModule {}
    const app = await NestFactory.createApplicationContext(WorkerModule, { logger: false, abortOnError: false });
    this.members.push(app);
    return app.get<SmsProService>(getSmsProToken(SmsProService, request.name));
  }

  /** The highest number of requests that `/api/message` has had at one time. */
  get mostInFlight(): number {
    return this.simulator.stats().requests.inFlightByCall.message.most;
  }

  /** Phones in the order in which the gateway got them. */
  phonesPosted(): string[] {
    return this.simulator
      .requests()
      .filter(({ call }) => call === 'message')
      .flatMap(({ phones }) => [...phones]);
  }

  /** Waits until the gateway has taken so many SMS. */
  async untilSent(amount: number, timeoutMs = 60_000): Promise<void> {
    await eventually(
      () => this.simulator.ledger().length,
      (sent) => sent >= amount,
      timeoutMs,
    );
  }

  async close(): Promise<void> {
    for (const app of this.members.toReversed()) await app.close();
    await this.simulator.stop();
    await this.database.drop();
  }

  private options({ scheduler, dispatch, more, name }: MemberRequest): SmsProModuleOptions {
    const quick = quickOptions(this.simulator.url, 'of no use');
    return {
      ...quick,
      database: this.database.options,
      ...more,
      ...(name === undefined ? {} : { name }),
      dispatch: { ...quick.dispatch, shutdownTimeoutMs: 5_000, ...dispatch },
      scheduler: bullMqScheduler(scheduler),
    };
  }
}

/** Sends `amount` messages to a phone each; returns their ids. */
export async function sendMany(
  sms: SmsProService,
  amount: number,
  priority: 'high' | 'normal' | 'low' = 'normal',
): Promise<string[]> {
  const ids: string[] = [];
  for (let place = 0; place < amount; place += 1) {
    const to = String(996_555_100_000 + place);
    ids.push((await sms.send({ to, text: `Hello ${place}`, priority })).messageId);
  }
  return ids;
}
