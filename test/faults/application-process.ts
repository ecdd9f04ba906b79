import 'reflect-metadata';
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Module, type INestApplicationContext, type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import {
  OnSmsPro,
  SmsProModule,
  SmsProService,
  type SendSmsRequest,
  type SmsProEvent,
  type SmsProModuleOptions,
} from 'nestjs-sms-pro';
import { bullMqScheduler, type BullMqSchedulerOptions } from 'nestjs-sms-pro/bullmq';

/** What the suite asks of this application. */
export type ApplicationCommand =
  | { readonly kind: 'send'; readonly request: SendSmsRequest }
  /** Which of these messages are not completed? */
  | { readonly kind: 'unfinished'; readonly messageIds: readonly string[] }
  | { readonly kind: 'close' };

/** A command with a number; its answer has the same number. */
export interface ApplicationAsk {
  readonly ask: number;
  readonly command: ApplicationCommand;
}

/** Its answer. `ask` 0 is the message that it listens. */
export type ApplicationAnswer = { readonly ask: number } & ({ readonly value: unknown } | { readonly error: string });

/** What a process does: `whole` stores and sends, `api` only stores, `worker` only sends and has no HTTP. */
export type ApplicationRole = 'whole' | 'api' | 'worker';

const role = (process.env['FAULTS_ROLE'] ?? 'whole') as ApplicationRole;
const given = JSON.parse(process.env['FAULTS_MODULE_OPTIONS'] ?? '{}') as SmsProModuleOptions;
const bullMq = JSON.parse(process.env['FAULTS_BULLMQ_OPTIONS'] ?? 'null') as BullMqSchedulerOptions | null;
const options: SmsProModuleOptions = {
  ...given,
  dispatch: { ...given.dispatch, enabled: role !== 'api' },
  ...(bullMq === null ? {} : { scheduler: bullMqScheduler(bullMq) }),
};
const heardFile = process.env['FAULTS_HEARD_FILE'] ?? '';

/** The handler fails on the first call for an event whose id ends so: it must then be called again. */
const FAILS_FIRST = '00';

/** Longest time, in ms, that a receipt takes back to the caller of `send()`. */
const MAX_WAY_BACK_MS = 40;

/** Writes each event to the file at once, so that a kill loses none that was heard. */
@Injectable()
class EventRecorder {
  private readonly refused = new Set<string>();

  @OnSmsPro('packet.accepted')
  @OnSmsPro('packet.rejected')
  @OnSmsPro('packet.uncertain')
  @OnSmsPro('recipient.sent')
  @OnSmsPro('recipient.delivered')
  @OnSmsPro('recipient.undelivered')
  @OnSmsPro('recipient.rejected')
  @OnSmsPro('recipient.unknown')
  @OnSmsPro('recipient.expired')
  @OnSmsPro('recipient.canceled')
  @OnSmsPro('message.completed')
  @OnSmsPro('account.paused')
  @OnSmsPro('account.resumed')
  record(event: SmsProEvent): void {
    if (event.eventId.endsWith(FAILS_FIRST) && !this.refused.has(event.eventId)) {
      this.refused.add(event.eventId);
      throw new Error('The handler fails on purpose.');
    }
    appendFileSync(heardFile, `${event.eventId} ${event.name}\n`);
  }
}

@Module({
  imports: [EventEmitterModule.forRoot({ wildcard: true }), ScheduleModule.forRoot(), SmsProModule.forRoot(options)],
  providers: [EventRecorder],
})
class HostModule {}

const settings = { logger: ['log', 'warn', 'error'], abortOnError: false } satisfies NestApplicationOptions;

/** The URL of a worker: it does not listen. */
const NOWHERE = '';

async function boot(): Promise<{ readonly app: INestApplicationContext; readonly url: string }> {
  if (role === 'worker') return { app: await NestFactory.createApplicationContext(HostModule, settings), url: NOWHERE };
  const whole = await NestFactory.create(HostModule, settings);
  await whole.listen(0, '127.0.0.1');
  return { app: whole, url: (await whole.getUrl()).replace('[::1]', '127.0.0.1') };
}

const { app, url } = await boot();
const sms = app.get(SmsProService);

async function isUnfinished(messageId: string): Promise<boolean> {
  const status = await sms.status(messageId);
  return status === null || status.completedAt === null;
}

async function run(command: ApplicationCommand): Promise<unknown> {
  switch (command.kind) {
    case 'send': {
      const receipt = await sms.send(command.request);
      // As if it went through a network: a kill can come between the commit and the answer.
      await pause(Math.random() * MAX_WAY_BACK_MS);
      return receipt;
    }
    case 'unfinished': {
      const unfinished: string[] = [];
      for (const messageId of command.messageIds) if (await isUnfinished(messageId)) unfinished.push(messageId);
      return unfinished;
    }
    case 'close':
      await app.close();
      return null;
  }
}

function tell(answer: ApplicationAnswer): void {
  if (process.connected) process.send?.(answer);
}

process.on('message', ({ ask, command }: ApplicationAsk) => {
  run(command).then(
    (value) => tell({ ask, value }),
    (error: unknown) => tell({ ask, error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
tell({ ask: 0, value: url });
