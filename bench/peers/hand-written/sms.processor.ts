import { Agent } from 'node:http';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { create } from 'axios';
import { Worker, type Job } from 'bullmq';
import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { Repository } from 'typeorm';
import { SMS_OPTIONS, type SmsOptions } from './sms.options.js';
import { Sms } from './sms.entity.js';
import type { SmsJob } from './sms.service.js';

const TIMEOUT_MS = 30_000;
const ACCEPTED = 0;

/** Takes job after job and sends each SMS with a request of its own. */
@Injectable()
export class SmsProcessor implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly http = create({
    timeout: TIMEOUT_MS,
    httpAgent: new Agent({ keepAlive: true }),
    headers: { 'content-type': 'application/xml; charset=utf-8' },
    responseType: 'text',
  });
  private readonly builder = new XMLBuilder();
  private readonly parser = new XMLParser();
  private worker: Worker<SmsJob> | null = null;

  constructor(
    @Inject(SMS_OPTIONS) private readonly options: SmsOptions,
    @InjectRepository(Sms) private readonly repository: Repository<Sms>,
  ) {}

  onApplicationBootstrap(): void {
    const { queueName, queuePrefix, redis, concurrency, works } = this.options;
    if (!works) return;
    this.worker = new Worker<SmsJob>(queueName, (job) => this.process(job), {
      connection: { ...redis, maxRetriesPerRequest: null },
      prefix: queuePrefix,
      concurrency,
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.worker?.close();
  }

  private async process({ data }: Job<SmsJob>): Promise<void> {
    const sms = await this.repository.findOneByOrFail({ id: data.id });
    const { status, smscnt } = await this.post(sms);
    if (status !== ACCEPTED) throw new Error(`The gateway answered ${status}.`);
    await this.repository.update({ id: sms.id }, { status: 'accepted', segments: smscnt });
  }

  private async post({ gatewayId, phone, text }: Sms): Promise<{ status: number; smscnt: number }> {
    const { gatewayUrl, login, password, sender } = this.options;
    const message = { login, pwd: password, id: gatewayId, sender, text, phones: { phone } };
    const body = `<?xml version="1.0" encoding="UTF-8"?>${String(this.builder.build({ message }))}`;
    const answer = await this.http.post<string>(`${gatewayUrl}/api/message`, body);
    const { response } = this.parser.parse(answer.data) as { response: { status: number; smscnt: number } };
    return response;
  }
}
