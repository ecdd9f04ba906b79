import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { SmsProError, SmsProInputError } from '../errors/sms-pro.errors.js';
import { backOffMs } from '../message/back-off.js';
import type { Clock } from '../message/clock.js';
import { newPacketId } from '../message/packet-id.js';
import { PACKET_PHONES } from '../message/packing.js';
import type { SmsProScheduler } from '../options/scheduler.js';
import type { AccountStore } from '../store/account/account.store.js';
import type { CanceledCount, MessageCancelStore } from '../store/packets/message-cancel.store.js';
import type { MessageStore, NewMessage, NewPacket, StoredRequest } from '../store/messages/message.store.js';
import type { BulkOptions, BulkSource } from './bulk-options.js';
import type { BulkReceipt } from './bulk-receipt.js';
import type { BulkSender } from './bulk-sender.js';
import type { Campaigns, CampaignStatus } from './campaigns.js';
import { checkRequest, type CheckedRequest, type SendDefaults } from './check-request.js';
import { isSameRequest, KEY_CONFLICT, requestFingerprint } from './fingerprint.js';
import { messageContent } from './message-content.js';
import type { ReportRefresh } from './report-refresh.js';
import type { SendSmsRequest } from './send-sms.request.js';
import { smsEstimate, type SmsEstimate } from './sms-estimate.js';
import { smsStatus, type SmsStatus } from './sms-status.js';
import { SmsProWaitTimeoutError } from './wait-timeout.error.js';

/** What `send()` gives back once the message is stored. */
export interface SmsReceipt {
  readonly messageId: string;
  /** The first ones: splitting makes more. */
  readonly packetIds: readonly string[];
  /** Different phones. */
  readonly recipients: number;
  /** Segments per phone, as this package counts them. What is billed is what the gateway counts. */
  readonly segments: number;
  readonly encoding: 'gsm7' | 'ucs2';
  /** The key was used before with the same request: this is the first receipt, and nothing more was stored. */
  readonly duplicate: boolean;
}

/** What `send()` takes beside the request. */
export interface SendOptions {
  /**
   * The caller's own transaction, of the DataSource the module lives in (`dataSource`): the message is rolled back
   * with it, and sent after its commit and not before.
   */
  readonly manager?: EntityManager | undefined;
}

/** The first and the longest delay, in ms, between two looks of `waitFor` at the store. */
const FIRST_LOOK_MS = 20;
const MAX_LOOK_MS = 500;
/** `waitFor` sleeps at least this many times as long as its last look took. */
const SLEEP_PER_LOOK = 10;

/** What requests are checked and compared by. */
export interface SendingRules {
  readonly defaults: SendDefaults;
  /** The key under which erased texts are compared. */
  readonly digestKey: string;
}

/** What sending works with. */
export interface SendingParts {
  readonly messages: MessageStore;
  readonly cancels: MessageCancelStore;
  readonly refresh: ReportRefresh;
  readonly bulk: BulkSender;
  readonly campaigns: Campaigns;
  readonly accounts: Pick<AccountStore, 'knownAccount'>;
  readonly scheduler: SmsProScheduler;
  readonly clock: Clock;
}

/** Sends SMS and says what became of them. */
export class SmsProService {
  constructor(
    private readonly rules: SendingRules,
    private readonly parts: SendingParts,
  ) {}

  /**
   * Stores a message; it is sent right after, and followed until every recipient has reached its end.
   * When this returns, the message survives a crash of the process.
   *
   * @example
   * const { messageId } = await sms.send({ to: '0555 123 456', text: 'Your code is 1234', priority: 'high' });
   * @throws SmsProInputError that lists every fault of the request; nothing was stored
   * @throws SmsProInputError for a `manager` that is of another DataSource, or in no transaction
   * @throws SmsProInputError with code `IDEMPOTENCY_CONFLICT` when the key stands for another request
   */
  async send(request: SendSmsRequest, options: SendOptions = {}): Promise<SmsReceipt> {
    const now = this.parts.clock.now();
    const checked = checkRequest(request, this.rules.defaults, now);
    const messageId = uuidv7();
    const packets = packetsOf(checked.phones);
    const packetIds = packets.map((packet) => packet.packetId);
    const fingerprint = requestFingerprint(checked, request.sendAt);
    const wake = () => this.parts.scheduler.wake(packetIds, checked.sendAt ?? now);
    const message: NewMessage = {
      ...messageContent(messageId, checked, this.rules.digestKey, now),
      packets,
      idempotency: checked.idempotencyKey === null ? null : { key: checked.idempotencyKey, fingerprint },
    };
    const { manager } = options;
    const earlier =
      manager === undefined
        ? await this.parts.messages.create(message)
        : await this.parts.messages.createInCallers(manager, message, wake);
    if (earlier !== null) return this.duplicateOf(earlier, checked, fingerprint);
    if (manager === undefined) wake();
    return {
      messageId,
      packetIds,
      recipients: checked.phones.length,
      segments: checked.segments.segments,
      encoding: checked.segments.encoding,
      duplicate: false,
    };
  }

  /**
   * Stores a campaign: any number of requests from an array, a generator, a stream or a database cursor, in constant
   * memory. Requests with equal text, sender and options share packets of 50 phones; each is a message of its own.
   * What is stored goes out at once, after whatever has a higher priority (`low` is the default here). A request with
   * faults is reported with its place and left out.
   *
   * With an `idempotencyKey` a run that ended early is resumed: give the same source again. It is read from its
   * beginning, and what is stored already is passed over.
   *
   * @example
   * const { campaignId } = await sms.sendBulk(rowsOf(csv), { idempotencyKey: 'spring-sale' });
   * @throws SmsProInputError for arguments that are no source or no options; nothing was stored
   * @throws SmsProInputError with code `IDEMPOTENCY_CONFLICT` when the key stands for another source
   * @throws SmsProBulkStoppedError when it ended before its source did, with the receipt of what is stored
   */
  async sendBulk(requests: BulkSource, options: BulkOptions = {}): Promise<BulkReceipt> {
    return this.parts.bulk.send(requests, options);
  }

  /** Where a campaign stands, also while it is being stored; `null` for one that this account never began. */
  async campaign(campaignId: string): Promise<CampaignStatus | null> {
    return this.parts.campaigns.status(campaignId);
  }

  /**
   * Takes a campaign back as {@link cancel} does a message, step by step. A `sendBulk()` that is still storing it, in
   * whatever process, ends with `SmsProBulkStoppedError`. May be called again after a crash.
   *
   * @throws SmsProError with code `NOT_FOUND` for a campaign this account never began
   */
  async cancelCampaign(campaignId: string): Promise<CanceledCount> {
    return this.parts.campaigns.cancel(campaignId);
  }

  /**
   * What a request would cost; nothing is stored and nobody is asked. The price is the one that the gateway named when
   * the balance was last asked for.
   *
   * @throws SmsProInputError that lists every fault of the request
   */
  async estimate(request: SendSmsRequest): Promise<SmsEstimate> {
    const checked = checkRequest(request, this.rules.defaults, this.parts.clock.now());
    return smsEstimate(checked, await this.parts.accounts.knownAccount());
  }

  /** Where a message stands, with each of its recipients; `null` for one that this account never sent. */
  async status(messageId: string): Promise<SmsStatus | null> {
    const message = await this.parts.messages.find(messageId);
    return message === null ? null : smsStatus(message);
  }

  /**
   * Waits until no recipient is queued any more (`accepted`, whatever became of it), or until every one has
   * reached its end (`final`; for a test, `accepted` is one). Reads the store, so any instance may do the work.
   *
   * @throws SmsProError with code `WAIT_TIMEOUT` and `.status` after `timeoutMs`; the message goes on
   * @throws SmsProError with code `NOT_FOUND` for a message this account never sent
   */
  async waitFor(
    messageId: string,
    until: 'accepted' | 'final',
    options: { readonly timeoutMs: number },
  ): Promise<SmsStatus> {
    checkWait(until, options);
    const startedAt = performance.now();
    for (let looks = 0; ; looks += 1) {
      const lookedAt = performance.now();
      const reached = await this.parts.messages.hasReached(messageId, until);
      if (reached === null) throw notFound(messageId);
      const now = performance.now();
      const left = options.timeoutMs - (now - startedAt);
      if (reached || left <= 0) {
        const status = await this.status(messageId);
        if (status === null) throw notFound(messageId);
        if (reached) return status;
        throw new SmsProWaitTimeoutError(status, until, options.timeoutMs);
      }
      // A look at a large message takes time, which sending needs, too.
      const delay = Math.max(backOffMs(FIRST_LOOK_MS, looks, MAX_LOOK_MS), (now - lookedAt) * SLEEP_PER_LOOK);
      await sleep(Math.min(delay, left));
    }
  }

  /**
   * Takes back what is not sent yet: those recipients end as `canceled`. `tooLate` counts those that are on their way,
   * uncertain or accepted; what is on its way is not repeated, and ends `canceled` if it turns out that it was never sent.
   *
   * @throws SmsProError with code `NOT_FOUND` for a message this account never sent
   */
  async cancel(messageId: string): Promise<CanceledCount> {
    const count = await this.parts.cancels.cancel(messageId, this.parts.clock.now());
    if (count === null) throw notFound(messageId);
    return count;
  }

  /**
   * Asks the gateway for the reports of a message now (`/api/dr`), and returns where it stands then. A packet that
   * somebody else is asking about is not asked about twice: their answer is waited for.
   *
   * @throws SmsProError with code `NOT_FOUND` for a message this account never sent
   * @throws SmsProGatewayError when the gateway refuses the question; "not found" is "not yet"
   * @throws SmsProTransportError when it cannot be reached
   */
  async refresh(messageId: string): Promise<SmsStatus> {
    const before = await this.status(messageId);
    if (before === null) throw notFound(messageId);
    const asked = before.recipients.filter(
      ({ status }) => status === 'accepted' || status === 'sent' || status === 'unknown',
    );
    for (const packetId of new Set(asked.map((recipient) => recipient.packetId)))
      await this.parts.refresh.ask(packetId);
    return (await this.status(messageId)) ?? before;
  }

  private duplicateOf(earlier: StoredRequest, checked: CheckedRequest, fingerprint: string): SmsReceipt {
    if (!isSameRequest(earlier, { fingerprint, text: checked.text }, this.rules.digestKey)) {
      throw new SmsProInputError([KEY_CONFLICT], 'IDEMPOTENCY_CONFLICT');
    }
    const { messageId, packetIds, recipients, segments, encoding } = earlier;
    return { messageId, packetIds, recipients, segments, encoding, duplicate: true };
  }
}

function packetsOf(phones: readonly string[]): NewPacket[] {
  const packets: NewPacket[] = [];
  for (let at = 0; at < phones.length; at += PACKET_PHONES) {
    packets.push({ packetId: newPacketId(), phones: phones.slice(at, at + PACKET_PHONES) });
  }
  return packets;
}

function checkWait(until: string, { timeoutMs }: { readonly timeoutMs: number }): void {
  const issues = [];
  if (until !== 'accepted' && until !== 'final')
    issues.push({ path: 'until', message: "must be 'accepted' or 'final'" });
  if (!Number.isFinite(timeoutMs) || timeoutMs < 0) {
    issues.push({ path: 'timeoutMs', message: 'must be a number of milliseconds, 0 or more' });
  }
  if (issues.length > 0) throw new SmsProInputError(issues);
}

function notFound(messageId: string): SmsProError {
  return new SmsProError(`There is no message "${messageId.slice(0, 36)}" of this account.`, {
    code: 'NOT_FOUND',
    retryable: false,
  });
}
