import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Queue } from 'bullmq';
import { Repository } from 'typeorm';
import { Sms } from './sms.entity.js';

/** Token of the queue. */
export const SMS_QUEUE = 'sms-queue';

/** A job has the id only: the rest is in the row. */
export interface SmsJob {
  readonly id: string;
}

const ROWS_AT_ONCE = 500;
const JOB = 'send';
const JOB_OPTIONS = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 1_000 },
  removeOnComplete: true,
};

/** Saves each SMS as a row, and queues a job for it. */
@Injectable()
export class SmsService {
  constructor(
    @InjectRepository(Sms) private readonly repository: Repository<Sms>,
    @Inject(SMS_QUEUE) private readonly queue: Queue<SmsJob>,
  ) {}

  async send(phone: string, text: string): Promise<string> {
    const sms = await this.repository.save(this.newSms(phone, text));
    await this.queue.add(JOB, { id: sms.id }, JOB_OPTIONS);
    return sms.id;
  }

  /** A campaign: a row and a job for each phone, in batches. */
  async sendMany(phones: readonly string[], text: string): Promise<void> {
    for (let at = 0; at < phones.length; at += ROWS_AT_ONCE) {
      const part = phones.slice(at, at + ROWS_AT_ONCE).map((phone) => this.newSms(phone, text));
      const saved = await this.repository.save(part);
      await this.queue.addBulk(saved.map(({ id }) => ({ name: JOB, data: { id }, opts: JOB_OPTIONS })));
    }
  }

  /** How many SMS have this status. */
  async count(status: string): Promise<number> {
    return this.repository.countBy({ status });
  }

  /** The accepted SMS: their ids at the gateway, and their phones. */
  async sent(): Promise<{ gatewayId: string; phone: string }[]> {
    return this.repository.find({ select: { gatewayId: true, phone: true }, where: { status: 'accepted' } });
  }

  private newSms(phone: string, text: string): Sms {
    return this.repository.create({ gatewayId: randomBytes(6).toString('hex'), phone, text, status: 'new' });
  }
}
