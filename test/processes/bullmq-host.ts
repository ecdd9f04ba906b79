import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { SmsProModule, SmsProService, type SmsProModuleOptions } from 'nestjs-sms-pro';
import { bullMqScheduler, type BullMqSchedulerOptions } from 'nestjs-sms-pro/bullmq';

/** What the environment holds: options that fit into JSON. */
export interface BullMqHostOptions {
  readonly module: SmsProModuleOptions;
  readonly scheduler: BullMqSchedulerOptions;
}

/** What this process says: that it runs, that it has stored a message, and that it is closed. */
export type BullMqHostWord = 'up' | 'stored' | 'closed';

const { module, scheduler } = JSON.parse(process.env['BULLMQ_HOST_OPTIONS'] ?? '{}') as BullMqHostOptions;

@Module({
  imports: [
    EventEmitterModule.forRoot(),
    ScheduleModule.forRoot(),
    SmsProModule.forRoot({ ...module, scheduler: bullMqScheduler(scheduler) }),
  ],
})
class HostModule {}

const app = await NestFactory.createApplicationContext(HostModule, { logger: ['error'], abortOnError: false });

function say(word: BullMqHostWord): void {
  process.send?.(word);
}

process.on('message', (command: 'send' | 'close') => {
  void (async () => {
    if (command === 'send') {
      await app.get(SmsProService).send({ to: '0555123456', text: 'Hello' });
      say('stored');
      return;
    }
    await app.close();
    say('closed');
    // From here on nothing may keep it alive: no connection, no timer.
    process.disconnect();
  })();
});
say('up');
