import { setTimeout as pause } from 'node:timers/promises';
import type { SmsReceipt } from 'nestjs-sms-pro';
import { ApplicationGone, type Application } from './application.js';
import type { AcceptedMessage } from './facts.js';
import type { Fleet } from './fleet.js';
import type { PlannedMessage } from './messages.js';

/** `send()` calls at one time. */
const AT_ONCE = 64;
/** Messages come in waves of this distance, as campaigns do: what is in flight at once is what a kill can hit. */
const WAVE_MS = 2_500;
const RETRY_DELAY_MS = 100;
const LOOK_MS = 1_000;
/** Messages asked about at one time: an answer about all of a long run would come too late. */
const ASKED_AT_ONCE = 500;
/** An input that is refused is a fault of the suite: repeating does not fix it. */
const REFUSED = /SmsProInputError/;

/** Gives the messages to `send()` wave by wave, and repeats under the same key what a kill left unanswered. */
export class Sender {
  readonly accepted: AcceptedMessage[] = [];
  /** Calls whose answer was lost or was an error. */
  repeated = 0;
  /** Receipts that said `duplicate`: the first call had been stored although its answer was lost. */
  duplicates = 0;
  /** What `send()` failed with, each once: a database that was cut off. */
  readonly errors = new Set<string>();
  private next = 0;
  private watcher: ((application: Application) => void) | null = null;

  constructor(
    private readonly fleet: Fleet,
    private readonly messages: readonly PlannedMessage[],
    private readonly sendingMs: number,
    private readonly isOver: () => boolean,
  ) {}

  /** The share of the messages that is accepted. */
  get progress(): number {
    return this.accepted.length / this.messages.length;
  }

  /** Calls back with the process that is given the next `send()`, at that moment. */
  watchNextSend(watcher: (application: Application) => void): void {
    this.watcher = watcher;
  }

  /** Resolves when every message is accepted, or the run is over. */
  async sendAll(): Promise<void> {
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.sendInTurn(startedAt)));
  }

  /** Waits until every accepted message is completed, or the run is over. */
  async waitUntilCompleted(): Promise<void> {
    const open = this.accepted.map(({ messageId }) => messageId);
    // In the order in which they were stored, since that is about the order in which they end.
    while (open.length > 0 && !this.isOver()) {
      const asked = open.slice(0, ASKED_AT_ONCE);
      try {
        const unfinished = await (await this.fleet.any()).unfinished(asked);
        open.splice(0, asked.length, ...unfinished);
        if (unfinished.length === 0) continue;
      } catch (error) {
        if (this.fleet.broken !== null) throw error;
      }
      await pause(LOOK_MS);
    }
  }

  private async sendInTurn(startedAt: number): Promise<void> {
    while (this.next < this.messages.length && !this.isOver()) {
      const place = this.next;
      this.next += 1;
      const message = this.messages[place];
      if (message === undefined) return;
      const wave = Math.floor(((place / this.messages.length) * this.sendingMs) / WAVE_MS);
      const dueAt = startedAt + wave * WAVE_MS;
      await pause(Math.max(0, dueAt - performance.now()));
      await this.sendUntilAccepted(message);
    }
  }

  private async sendUntilAccepted({ key, request }: PlannedMessage): Promise<void> {
    while (!this.isOver()) {
      const receipt = await this.sendOnce(request);
      if (receipt !== null) {
        if (receipt.duplicate) this.duplicates += 1;
        this.accepted.push({ key, messageId: receipt.messageId, text: request.text, phones: request.to });
        return;
      }
      this.repeated += 1;
      await pause(RETRY_DELAY_MS);
    }
  }

  private async sendOnce(request: PlannedMessage['request']): Promise<SmsReceipt | null> {
    try {
      const application = await this.fleet.any();
      const receipt = application.send(request);
      const { watcher } = this;
      this.watcher = null;
      watcher?.(application);
      return await receipt;
    } catch (error) {
      if (this.fleet.broken !== null || REFUSED.test(String(error))) throw error;
      if (!(error instanceof ApplicationGone)) this.errors.add(String(error).slice(0, 200));
      return null;
    }
  }
}
