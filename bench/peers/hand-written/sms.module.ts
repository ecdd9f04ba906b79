import { Module, type DynamicModule, type FactoryProvider, type OnApplicationShutdown, Inject } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Queue } from 'bullmq';
import { Sms } from './sms.entity.js';
import { SMS_OPTIONS, type SmsOptions } from './sms.options.js';
import { SmsProcessor } from './sms.processor.js';
import { SmsReportsController } from './sms-reports.controller.js';
import { SMS_QUEUE, SmsService, type SmsJob } from './sms.service.js';

const QUEUE: FactoryProvider<Queue<SmsJob>> = {
  provide: SMS_QUEUE,
  inject: [SMS_OPTIONS],
  useFactory: ({ queueName, queuePrefix, redis }: SmsOptions) =>
    new Queue(queueName, { connection: redis, prefix: queuePrefix }),
};

/**
 * SMS as they are usually sent from Nest: a row by `save()`, a BullMQ job and a request for each phone. It does not handle
 * a lost answer, a gateway that is closed, or a process that dies between the row and the job.
 */
@Module({})
export class SmsModule implements OnApplicationShutdown {
  constructor(@Inject(SMS_QUEUE) private readonly queue: Queue<SmsJob>) {}

  static forRoot(options: SmsOptions): DynamicModule {
    return {
      module: SmsModule,
      imports: [
        TypeOrmModule.forRoot({ ...options.database, entities: [Sms], synchronize: true, retryAttempts: 0 }),
        TypeOrmModule.forFeature([Sms]),
      ],
      controllers: [SmsReportsController],
      providers: [{ provide: SMS_OPTIONS, useValue: options }, QUEUE, SmsService, SmsProcessor],
      exports: [SmsService],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.queue.obliterate({ force: true });
    await this.queue.close();
  }
}
