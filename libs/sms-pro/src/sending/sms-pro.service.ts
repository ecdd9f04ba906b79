import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { SmsProError, SmsProGatewayError, SmsProInputError } from '../errors/sms-pro.errors.js';
import type { GatewayClient } from '../gateway/gateway-client.js';
import { statusMeaning } from '../gateway/status-hint.js';
import type { Clock } from '../message/clock.js';
import { newPacketId } from '../message/packet-id.js';
import { priorityRank } from '../message/priority.js';
import type { SmsProScheduler } from '../options/scheduler.js';
import type { CanceledCount, CancelStore } from '../store/cancel.store.js';
import type { ReportStore } from '../store/report.store.js';
import type { MessageStore, NewMessage, NewPacket, StoredRequest } from '../store/message.store.js';
import { checkRequest, type CheckedRequest, type SendDefaults } from './check-request.js';
import { requestFingerprint, textDigest } from './fingerprint.js';
import type { SendSmsRequest } from './send-sms.request.js';
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

/** Most phones in one packet. Source: the partner API, field `phone`. */
export const PACKET_PHONES = 50;

/** "Not found", which soon after a send means "not yet". Source: the partner API, "коды ошибок при запросе отчета". */
const NOT_FOUND_STATUS = '4';

/** Distances of two looks of `waitFor` at the store, in ms: they double from the first to the last. */
const FIRST_LOOK_MS = 20;
const LAST_LOOK_MS = 500;

/** Sends SMS and says what became of them. */
export class SmsProService {
  constructor(
    private readonly defaults: SendDefaults,
    private readonly digestKey: string,
    private readonly messages: MessageStore,
    private readonly cancels: CancelStore,
    private readonly reports: ReportStore,
    private readonly client: Pick<GatewayClient, 'getReports'>,
    private readonly scheduler: SmsProScheduler,
    private readonly clock: Clock,
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
    const now = this.clock.now();
    const checked = checkRequest(request, this.defaults, now);
    const messageId = uuidv7();
    const packets = packetsOf(checked.phones);
    const packetIds = packets.map((packet) => packet.packetId);
    const fingerprint = requestFingerprint(checked, request.sendAt);
    const wake = () => this.scheduler.wake(packetIds, checked.sendAt ?? now);
    const message: NewMessage = {
      messageId,
      sender: checked.sender,
      text: checked.text,
      textDigest: checked.sensitive ? textDigest(checked.text, this.digestKey) : null,
      sensitive: checked.sensitive,
      encoding: checked.segments.encoding,
      segments: checked.segments.segments,
      priority: priorityRank(checked.priority),
      test: checked.test,
      sendAt: checked.sendAt,
      validUntil: checked.validUntil,
      deadlineAt: checked.deadlineAt,
      reference: checked.reference,
      metadata: checked.metadata,
      createdAt: now,
      packets,
      idempotency: checked.idempotencyKey === null ? null : { key: checked.idempotencyKey, fingerprint },
    };
    const { manager } = options;
    const earlier =
      manager === undefined
        ? await this.messages.create(message)
        : await this.messages.createInCallers(manager, message, wake);
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

  /** Where a message stands, with each of its recipients; `null` for one that this account never sent. */
  async status(messageId: string): Promise<SmsStatus | null> {
    const message = await this.messages.find(messageId);
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
    for (let delay = FIRST_LOOK_MS; ; delay = Math.min(delay * 2, LAST_LOOK_MS)) {
      const progress = await this.messages.progress(messageId);
      if (progress === null) throw notFound(messageId);
      const reached = until === 'final' ? progress.completed : progress.counts.queued === 0;
      const left = options.timeoutMs - (performance.now() - startedAt);
      if (reached || left <= 0) {
        const status = await this.status(messageId);
        if (status === null) throw notFound(messageId);
        if (reached) return status;
        throw new SmsProWaitTimeoutError(status, until, options.timeoutMs);
      }
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
    const count = await this.cancels.cancel(messageId, this.clock.now());
    if (count === null) throw notFound(messageId);
    return count;
  }

  /**
   * Asks the gateway for the reports of a message now (`/api/dr`), and returns where it stands then.
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
    for (const packetId of new Set(asked.map((recipient) => recipient.packetId))) {
      const answer = await this.client.getReports(packetId);
      if (answer.status !== '0' && answer.status !== NOT_FOUND_STATUS) {
        const { hint, retryable } = statusMeaning('dr', answer.status);
        throw new SmsProGatewayError('dr', answer.status, hint, retryable);
      }
      await this.reports.apply(
        answer.reports.map((report) => Object.assign({ packetId }, report)),
        'manual',
        this.clock.now(),
      );
    }
    return (await this.status(messageId)) ?? before;
  }

  private duplicateOf(earlier: StoredRequest, checked: CheckedRequest, fingerprint: string): SmsReceipt {
    const sameText =
      earlier.text === null
        ? earlier.textDigest === textDigest(checked.text, this.digestKey)
        : earlier.text === checked.text;
    if (earlier.fingerprint !== fingerprint || !sameText) {
      const message =
        'was used before for another request (phones, text, sender, sendAt, validUntil or test differ): give every message a key of its own';
      throw new SmsProInputError([{ path: 'idempotencyKey', message }], 'IDEMPOTENCY_CONFLICT');
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
