import type { SmsProEvent } from 'nestjs-sms-pro';
import { inWords, type Tidings } from './tidings.js';

/** Prints one thing that happened to one phone. */
export type Announce = (phone: string, reference: string, tidings: Tidings) => void;

const NOTHING = (): void => {};

/** Takes the events of the demo's messages, and knows when all of them are at their end. */
export class DemoJournal {
  private readonly receipts = new Map<string, PromiseWithStep>();
  private readonly open = new Set<string>();
  private readonly allEnded: Promise<void>;
  private end: () => void = NOTHING;

  constructor(
    references: readonly string[],
    private readonly announce: Announce,
    private readonly wasAskedFor: (packetId: string) => Promise<boolean>,
  ) {
    for (const reference of references) {
      this.open.add(reference);
      this.receipts.set(reference, promiseWithStep());
    }
    this.allEnded = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  /** The service has answered: what happened meanwhile may be told. */
  queued(reference: string, phones: readonly string[]): void {
    for (const phone of phones)
      this.announce(phone, reference, { says: 'queued: stored, and sent in a moment', mood: 'quiet' });
    this.receipts.get(reference)?.step(phones);
  }

  async accepted(event: SmsProEvent<'packet.accepted'>): Promise<void> {
    const { reference = '', phones, smscnt, billed } = event;
    const each = smscnt ?? billed / (phones ?? 1);
    const recipients = (await this.receipts.get(reference)?.done) ?? [];
    for (const phone of recipients) {
      this.announce(phone, reference, { says: `accepted by the gateway, billed as ${each} SMS`, mood: 'quiet' });
    }
  }

  async recipient(event: RecipientEvent): Promise<void> {
    const { reference = '', phone, packetId } = event;
    const known = await this.receipts.get(reference)?.done;
    if (known === undefined) return;
    this.announce(phone, reference, inWords(event, await this.wasAskedFor(packetId)));
  }

  completed({ reference = '' }: SmsProEvent<'message.completed'>): void {
    this.open.delete(reference);
    if (this.open.size === 0) this.end();
  }

  /**
   * Waits until every message is at its end.
   * @throws Error that names what is still open
   */
  async waitForAll(timeoutMs: number): Promise<void> {
    const seconds = timeoutMs / 1_000;
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`After ${seconds} s these are not at their end: ${[...this.open].join(', ')}.`)),
        timeoutMs,
      );
    });
    try {
      await Promise.race([this.allEnded, tooLong]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** An event that moves one recipient. */
export type RecipientEvent = SmsProEvent<
  'recipient.sent' | 'recipient.delivered' | 'recipient.undelivered' | 'recipient.rejected' | 'recipient.unknown'
>;

interface PromiseWithStep {
  readonly done: Promise<readonly string[]>;
  readonly step: (phones: readonly string[]) => void;
}

function promiseWithStep(): PromiseWithStep {
  let step: PromiseWithStep['step'] = NOTHING;
  const done = new Promise<readonly string[]>((resolve) => {
    step = resolve;
  });
  return { done, step };
}
