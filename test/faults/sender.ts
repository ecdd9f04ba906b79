import { setTimeout as pause } from 'node:timers/promises';
import type { SmsReceipt } from 'nestjs-sms-pro';
import { ApplicationGone, type Application } from './application.js';
import type { AcceptedMessage } from './facts.js';
import type { Fleet } from './fleet.js';
import type { PlannedMessage } from './messages.js';

/** `send()` calls at once. */
const AT_ONCE = 64;
/** Messages come in waves with this distance, as campaigns do: the more is in flight at once, the more a kill can hit. */
const WAVE_MS = 2_500;
const RETRY_DELAY_MS = 100;
const LOOK_MS = 1_000;
/** Messages of one status request: an answer about all messages of a long run would come too late. */
const ASKED_AT_ONCE = 500;
/** A refused input is an error of the suite: a repeat does not fix it. */
const REFUSED = /SmsProInputError/;

/** Gives the messages to `send()` wave by wave. A call that a kill left unanswered is repeated with the same key. */
export class Sender {
  readonly accepted: AcceptedMessage[] = [];
  /** How often a call was repeated because its answer was lost or was an error. */
  repeated = 0;
  /** Receipts with `duplicate`: the first call was stored although its answer was lost. */
  duplicates = 0;
  /** The different errors of `send()`, for example of a database that was cut off. */
  readonly errors = new Set<string>();
  private next = 0;
  private watcher: ((application: Application) => void) | null = null;

  constructor(
    private readonly fleet: Fleet,
    private readonly messages: readonly PlannedMessage[],
    private readonly sendingMs: number,
    private readonly isOver: () => boolean,
  ) {}

  /** The share of the messages that are accepted. */
  get progress(): number {
    return this.accepted.length / this.messages.length;
  }

  /** Calls back at the moment of the next `send()`, with the process that gets it. */
  watchNextSend(watcher: (application: Application) => void): void {
    this.watcher = watcher;
  }

  /** Resolves when every message is accepted, or when the time of the run is over. */
  async sendAll(): Promise<void> {
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.sendInTurn(startedAt)));
  }

  /** Waits until every accepted message is completed, or until the time of the run is over. */
  async waitUntilCompleted(): Promise<void> {
    const open = this.accepted.map(({ messageId }) => messageId);
    // In the order in which they were stored: they end in about the same order.
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
