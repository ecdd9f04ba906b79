import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { SmsProInputError } from '../errors/sms-pro.errors.js';
import type { Clock } from '../message/clock.js';
import { newPacketId } from '../message/packet-id.js';
import { PACKET_PHONES } from '../message/packing.js';
import type { SmsProScheduler } from '../options/scheduler.js';
import type { AccountStore } from '../store/account/account.store.js';
import type { CanceledCount, MessageCancelStore } from '../store/packets/message-cancel.store.js';
import type { MessageStore, StoredRequest } from '../store/messages/message.store.js';
import type { NewMessage, NewPacket } from '../store/messages/new-message.js';
import type { BulkOptions, BulkSource } from './bulk-options.js';
import type { BulkReceipt } from './bulk-receipt.js';
import type { BulkSender } from './bulk-sender.js';
import type { Campaigns, CampaignStatus } from './campaigns.js';
import { checkRequest, type CheckedRequest, type SendDefaults } from './check-request.js';
import { isSameRequest, KEY_CONFLICT, requestFingerprint } from './fingerprint.js';
import { messageContent } from './message-content.js';
import { notFound } from './not-found.error.js';
import type { ReportRefresh } from './report-refresh.js';
import type { SendSmsRequest } from './send-sms.request.js';
import { smsEstimate, type SmsEstimate } from './sms-estimate.js';
import { smsStatus, type SmsStatus } from './sms-status.js';
import { waitForMessage } from './wait-for-message.js';

/** The result of `send()`, once the message is stored. */
export interface SmsReceipt {
  readonly messageId: string;
  /** The packets as they were stored. A packet that is split later is replaced by new ones. */
  readonly packetIds: readonly string[];
  /** Different phones. */
  readonly recipients: number;
  /** Segments per phone, as this package counts them. The gateway bills by its own count. */
  readonly segments: number;
  readonly encoding: 'gsm7' | 'ucs2';
  /** The key was used before with the same request: this is the first receipt, and nothing more was stored. */
  readonly duplicate: boolean;
}

/** Options of `send()`. */
export interface SendOptions {
  /**
   * Your own transaction, on the DataSource that the module uses (`dataSource`): the message is rolled back with it, and
   * sent only after its commit. @default a transaction of the module's own
   */
  readonly manager?: EntityManager | undefined;
}

/** How requests are checked and compared. */
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

/** Sends SMS, and gives their status. */
export class SmsProService {
  constructor(
    private readonly rules: SendingRules,
    private readonly parts: SendingParts,
  ) {}

  /**
   * Stores a message. It is sent at once, or at `sendAt`, and followed until every recipient has a final status. When
   * this method has returned, the message survives a crash of the process.
   *
   * @example
   * const { messageId } = await sms.send({ to: '0555 123 456', text: 'Your code is 1234', priority: 'high' });
   * @throws SmsProInputError that lists every fault of the request; nothing was stored
   * @throws SmsProInputError for a `manager` that belongs to another DataSource, or is in no transaction
   * @throws SmsProInputError with code `IDEMPOTENCY_CONFLICT` if the key was used before for another request
   * @throws SmsProStoreError if the database fails; it says whether the message may have been stored
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
   * memory. Each request is a message of its own; requests with equal text, sender and options share packets of 50
   * phones. What is stored is sent at once, after messages of a higher priority (the default here is `low`). A request
   * with faults is not stored; the receipt lists it with its index.
   *
   * With an `idempotencyKey`, a run that ended early can be resumed: pass the same source again. It is read from its
   * beginning, and what is already stored is skipped.
   *
   * @example
   * const { campaignId } = await sms.sendBulk(rowsOf(csv), { idempotencyKey: 'spring-sale' });
   * @throws SmsProInputError for a wrong source or wrong options; nothing was stored
   * @throws SmsProInputError with code `IDEMPOTENCY_CONFLICT` if the key was used before with another source
   * @throws SmsProBulkStoppedError if it ended before the end of its source, with the receipt of what is stored
   * @throws SmsProError with code `SHUTTING_DOWN` if the application is shutting down; nothing was stored
   */
  async sendBulk(requests: BulkSource, options: BulkOptions = {}): Promise<BulkReceipt> {
    return this.parts.bulk.send(requests, options);
  }

  /** The state of a campaign, also while it is being stored; `null` if this account has no such campaign. */
  async campaign(campaignId: string): Promise<CampaignStatus | null> {
    return this.parts.campaigns.status(campaignId);
  }

  /**
   * Cancels a campaign step by step, as {@link cancel} does a message. A `sendBulk()` that is still storing it, in any
   * process, ends with `SmsProBulkStoppedError`. May be called again after a crash.
   *
   * @throws SmsProError with code `NOT_FOUND` if this account has no such campaign
   */
  async cancelCampaign(campaignId: string): Promise<CanceledCount> {
    return this.parts.campaigns.cancel(campaignId);
  }

  /**
   * What a request would cost. Stores nothing and sends no request: the price is the one that came with the last known
   * balance.
   *
   * @throws SmsProInputError that lists every fault of the request
   */
  async estimate(request: SendSmsRequest): Promise<SmsEstimate> {
    const checked = checkRequest(request, this.rules.defaults, this.parts.clock.now());
    return smsEstimate(checked, await this.parts.accounts.knownAccount());
  }

  /** The status of a message and of each recipient; `null` if this account has no such message. */
  async status(messageId: string): Promise<SmsStatus | null> {
    const message = await this.parts.messages.find(messageId);
    return message === null ? null : smsStatus(message);
  }

  /**
   * Waits until no recipient is `queued` any more (`'accepted'`, even if some were refused), or until every one has a
   * final status (`'final'`; in a test, `accepted` counts as final). Reads the database, so another process may send.
   *
   * @throws SmsProWaitTimeoutError with code `WAIT_TIMEOUT` and `.status` after `timeoutMs`; the message is still
   * processed
   * @throws SmsProInputError for another `until`, or a `timeoutMs` that is not a number of milliseconds
   * @throws SmsProError with code `NOT_FOUND` if this account has no such message
   */
  async waitFor(
    messageId: string,
    until: 'accepted' | 'final',
    options: { readonly timeoutMs: number },
  ): Promise<SmsStatus> {
    return waitForMessage(this.parts.messages, messageId, until, options);
  }

  /**
   * Cancels what has not been sent yet: those recipients end as `canceled`. `tooLate` counts the recipients that are
   * being sent, uncertain or accepted. What is being sent or uncertain is not repeated, and ends as `canceled` if it
   * turns out that it was never sent.
   *
   * @throws SmsProError with code `NOT_FOUND` if this account has no such message
   */
  async cancel(messageId: string): Promise<CanceledCount> {
    const count = await this.parts.cancels.cancel(messageId, this.parts.clock.now());
    if (count === null) throw notFound('message', messageId);
    return count;
  }

  /**
   * Queries the gateway for the reports of a message now (`/api/dr`), and returns the status after that. If a packet is
   * already being queried, it waits for that answer and sends no second query.
   *
   * @throws SmsProError with code `NOT_FOUND` if this account has no such message
   * @throws SmsProGatewayError if the gateway refuses the query; "not found" is no error: there is no report yet
   * @throws SmsProTransportError if the gateway cannot be reached
   * @throws SmsProProtocolError if its answer cannot be read
   */
  async refresh(messageId: string): Promise<SmsStatus> {
    const before = await this.status(messageId);
    if (before === null) throw notFound('message', messageId);
    const waiting = before.recipients.filter(
      ({ status }) => status === 'accepted' || status === 'sent' || status === 'unknown',
    );
    for (const packetId of new Set(waiting.map((recipient) => recipient.packetId))) {
      await this.parts.refresh.query(packetId);
    }
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
