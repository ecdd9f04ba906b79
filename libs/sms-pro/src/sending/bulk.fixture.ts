import type { SendSmsRequest } from './send-sms.request.js';
import { TestStore } from '../store/store.fixture.js';
import type { TestDatabase } from '../../../../test/support/test-databases.js';
import type { BulkOptions, BulkSource } from './bulk-options.js';
import type { BulkProgress, BulkReceipt } from './bulk-receipt.js';
import { BulkSender, type BulkParts } from './bulk-sender.js';
import { SmsProBulkStoppedError } from './bulk-stopped.error.js';
import { Campaigns } from './campaigns.js';

/** A phone of each number. */
export function phoneOf(serial: number): string {
  return `99655${String(serial).padStart(7, '0')}`;
}

/** Requests with one text, to as many phones. */
export function requestsTo(amount: number, changes: Partial<SendSmsRequest> = {}): SendSmsRequest[] {
  return Array.from({ length: amount }, (_, at) => ({ to: phoneOf(at), text: 'Spring sale', ...changes }));
}

/** `sendBulk()` over a real store, in small parts. */
export class TestBulk {
  readonly woken: { readonly packetIds: readonly string[]; readonly dueAt: number }[] = [];
  readonly sender: BulkSender;
  readonly campaigns: Campaigns;

  private constructor(
    readonly store: TestStore,
    parts: Partial<BulkParts>,
  ) {
    const { campaigns, campaignCancels, chunks, clock } = store;
    this.sender = new BulkSender(campaigns, {
      defaults: {
        sender: 'My-company',
        test: false,
        phones: { countryCode: '996', nationalDigits: 9 },
        maxAgeMs: 86_400_000,
      },
      digestKey: 'key',
      chunks,
      scheduler: { wake: (packetIds, dueAt) => void this.woken.push({ packetIds, dueAt }) },
      clock,
      limits: { items: 200, recipients: 100, characters: 100_000 },
      ...parts,
    });
    this.campaigns = new Campaigns(campaigns, campaignCancels, clock);
  }

  static async on(database: TestDatabase, parts: Partial<BulkParts> = {}): Promise<TestBulk> {
    return new TestBulk(await TestStore.scratch(database), parts);
  }

  /** On SQLite. */
  static async open(parts: Partial<BulkParts> = {}): Promise<TestBulk> {
    return new TestBulk(await TestStore.open(), parts);
  }

  async send(requests: BulkSource, options: BulkOptions = {}): Promise<BulkReceipt> {
    return this.sender.send(requests, options);
  }

  async close(): Promise<void> {
    await this.sender.stop();
    await this.store.close();
  }

  /** Every phone that is stored, in order. */
  async phones(): Promise<unknown[]> {
    const rows = await this.store.rows('SELECT phone FROM sms_pro_recipient ORDER BY phone');
    return rows.map((row) => row['phone']);
  }

  async amountOf(table: string): Promise<unknown> {
    return (await this.store.rows(`SELECT COUNT(*) AS amount FROM ${table}`))[0]?.['amount'];
  }
}

/** The error that a run ended early with. */
export async function stopOf(run: Promise<unknown>): Promise<SmsProBulkStoppedError> {
  try {
    await run;
  } catch (error) {
    if (error instanceof SmsProBulkStoppedError) return error;
    throw error;
  }
  throw new Error('The run went on to its end.');
}

/** A source that hands out one item at a time, when the test says so. */
export class HandFed {
  private readonly waiting: ((result: IteratorResult<SendSmsRequest>) => void)[] = [];
  private readonly ready: IteratorResult<SendSmsRequest>[] = [];
  closed = false;
  /** Items that were asked for. */
  asked = 0;

  give(...items: readonly SendSmsRequest[]): void {
    for (const value of items) this.put({ done: false, value });
  }

  end(): void {
    this.put({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): AsyncIterator<SendSmsRequest> {
    return {
      next: () => {
        this.asked += 1;
        const result = this.ready.shift();
        return result === undefined ? new Promise((resolve) => this.waiting.push(resolve)) : Promise.resolve(result);
      },
      return: async () => {
        this.closed = true;
        return { done: true, value: undefined };
      },
    };
  }

  private put(result: IteratorResult<SendSmsRequest>): void {
    const resolve = this.waiting.shift();
    if (resolve === undefined) this.ready.push(result);
    else resolve(result);
  }
}

/** Progress as it comes, and a way to wait for it. */
export class ProgressEar {
  readonly heard: BulkProgress[] = [];
  private waiting: { readonly consumed: number; readonly resolve: () => void } | null = null;

  readonly hear = (progress: BulkProgress): void => {
    this.heard.push(progress);
    if (this.waiting !== null && progress.consumed >= this.waiting.consumed) this.waiting.resolve();
  };

  /** Resolves when so many items are behind it. */
  async until(consumed: number): Promise<void> {
    if ((this.heard.at(-1)?.consumed ?? -1) >= consumed) return;
    await new Promise<void>((resolve) => {
      this.waiting = { consumed, resolve };
    });
  }
}
