import type { SmsProEvent } from 'nestjs-sms-pro';
import { progressText, type ProgressText } from './progress-text.js';

/** Prints one event of one phone. */
export type Announce = (phone: string, reference: string, progress: ProgressText) => void;

const NOTHING = (): void => {};

/** Prints the events of the demo's messages, and knows when all messages are completed. */
export class DemoJournal {
  private readonly receipts = new Map<string, Deferred>();
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
      this.receipts.set(reference, deferred());
    }
    this.allEnded = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  /** Called when the service has answered. Events of the message that came earlier are printed only now. */
  queued(reference: string, phones: readonly string[]): void {
    for (const phone of phones) {
      this.announce(phone, reference, { text: 'queued: stored, and sent in a moment', tone: 'quiet' });
    }
    this.receipts.get(reference)?.resolve(phones);
  }

  async accepted(event: SmsProEvent<'packet.accepted'>): Promise<void> {
    const { reference = '', phones, smscnt, billed } = event;
    const each = smscnt ?? billed / (phones ?? 1);
    const recipients = (await this.receipts.get(reference)?.promise) ?? [];
    for (const phone of recipients) {
      this.announce(phone, reference, { text: `accepted by the gateway, billed as ${each} SMS`, tone: 'quiet' });
    }
  }

  async recipient(event: RecipientEvent): Promise<void> {
    const { reference = '', phone, packetId } = event;
    const known = await this.receipts.get(reference)?.promise;
    if (known === undefined) return;
    this.announce(phone, reference, progressText(event, await this.wasAskedFor(packetId)));
  }

  completed({ reference = '' }: SmsProEvent<'message.completed'>): void {
    this.open.delete(reference);
    if (this.open.size === 0) this.end();
  }

  /**
   * Waits until every message is completed.
   * @throws Error that names the messages that are not
   */
  async waitForAll(timeoutMs: number): Promise<void> {
    const seconds = timeoutMs / 1_000;
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`After ${seconds} s these are not completed: ${[...this.open].join(', ')}.`)),
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

/** An event that changes the status of one recipient. */
export type RecipientEvent = SmsProEvent<
  'recipient.sent' | 'recipient.delivered' | 'recipient.undelivered' | 'recipient.rejected' | 'recipient.unknown'
>;

interface Deferred {
  readonly promise: Promise<readonly string[]>;
  readonly resolve: (phones: readonly string[]) => void;
}

function deferred(): Deferred {
  let resolvePhones: Deferred['resolve'] = NOTHING;
  const promise = new Promise<readonly string[]>((resolve) => {
    resolvePhones = resolve;
  });
  return { promise, resolve: resolvePhones };
}
