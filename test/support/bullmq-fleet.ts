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
import { GatewayGate } from './gateway-gate.js';
import type { ScratchDatabase, TestDatabase } from './test-databases.js';

/** A slow machine must not make a request time out; a lease is at least 10 s longer. */
const TIMEOUT_MS = 60_000;
const LEASE_MS = 75_000;

/** What one process of a fleet does differently from the others. */
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
    /** Before the simulator: it holds answers back. */
    readonly gate: GatewayGate,
    private readonly database: ScratchDatabase,
  ) {}

  static async open(database: TestDatabase, options: SimulatorOptions = {}): Promise<TestFleet> {
    const scratch = await database.create();
    const simulator = await startSimulator({ lives: { endings: false }, ...options });
    return new TestFleet(simulator, await GatewayGate.before(simulator.url), scratch);
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

  /** Waits until so many sends are in flight. The gate has to be closed: a busy machine might never have as many. */
  async untilInFlight(amount: number): Promise<void> {
    await eventually(
      () => this.gate.inFlight,
      (inFlight) => inFlight >= amount,
    );
  }

  /** Phones in the order in which the gateway got them. */
  phonesPosted(): string[] {
    return this.simulator
      .requests()
      .filter(({ call }) => call === 'message')
      .flatMap(({ phones }) => [...phones]);
  }

  /** Waits until the gateway has taken so many SMS. */
  async untilSent(amount: number): Promise<void> {
    await eventually(
      () => this.simulator.ledger().length,
      (sent) => sent >= amount,
    );
  }

  async close(): Promise<void> {
    this.gate.open();
    for (const app of this.members.toReversed()) await app.close();
    await this.gate.stop();
    await this.simulator.stop();
    await this.database.drop();
  }

  private options({ scheduler, dispatch, more, name }: MemberRequest): SmsProModuleOptions {
    const quick = quickOptions(this.gate.url, 'of no use');
    return {
      ...quick,
      timeoutMs: TIMEOUT_MS,
      database: this.database.options,
      ...more,
      ...(name === undefined ? {} : { name }),
      dispatch: { ...quick.dispatch, leaseMs: LEASE_MS, shutdownTimeoutMs: 5_000, ...dispatch },
      scheduler: bullMqScheduler(scheduler),
    };
  }
}

/** The last number that {@link sendMany} has sent to: none gets two messages. */
let lastPhone = 996_555_100_000;

/** Sends `amount` messages to a phone each; returns their ids. */
export async function sendMany(
  sms: SmsProService,
  amount: number,
  priority: 'high' | 'normal' | 'low' = 'normal',
): Promise<string[]> {
  const ids: string[] = [];
  for (let count = 0; count < amount; count += 1) {
    lastPhone += 1;
    ids.push((await sms.send({ to: String(lastPhone), text: 'Hello', priority })).messageId);
  }
  return ids;
}
