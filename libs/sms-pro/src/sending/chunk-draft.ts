import { SmsProInputError } from '../errors/sms-pro.errors.js';
import type { RejectedRequest } from '../message/campaign.js';
import type { Clock } from '../message/clock.js';
import { newMessageId } from '../message/message-id.js';
import type { ChunkMessage } from '../store/campaigns/chunk-keys.js';
import { checkRequest, type SendDefaults } from './check-request.js';
import { requestFingerprint } from './fingerprint.js';
import { messageContent } from './message-content.js';
import type { SourceDigest } from './source-digest.js';

/** How much one chunk takes at most; it is stored in one transaction. */
export interface ChunkLimits {
  /** Items of the source. */
  readonly items: number;
  /** A multiple of the phones of a packet, so that one text to all fills its packets. */
  readonly recipients: number;
  /** Of texts and metadata: what a statement carries has an end in every database. */
  readonly characters: number;
}

/** What requests are checked by, and when a chunk is full. */
export interface DraftRules {
  readonly defaults: SendDefaults;
  readonly digestKey: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly limits: ChunkLimits;
}

/** The next part of the source, while it is read. */
export class ChunkDraft {
  readonly messages: ChunkMessage[] = [];
  readonly rejected: RejectedRequest[] = [];
  /** The request with faults that the run stops before. */
  stopsAt: RejectedRequest | null = null;
  private readAt: number | null = null;
  private items = 0;
  private recipients = 0;
  private characters = 0;

  constructor(
    /** Items of the source before it. */
    readonly from: number,
    private readonly rules: DraftRules,
    private readonly stopsAtFaults: boolean,
    private readonly digest: SourceDigest,
  ) {}

  /** One instant for all, so that equal requests have equal deadlines and share packets. */
  get now(): number {
    return (this.readAt ??= this.rules.clock.now());
  }

  /** Items of the source up to its end. */
  get to(): number {
    return this.from + this.items;
  }

  /** Takes the next item. Returns whether it has enough. */
  take(item: unknown): boolean {
    try {
      this.add(item);
    } catch (error) {
      if (!(error instanceof SmsProInputError)) throw error;
      const rejected = { index: this.to, issues: error.issues };
      if (this.stopsAtFaults) {
        this.stopsAt = rejected;
        return true;
      }
      this.rejected.push(rejected);
    }
    this.items += 1;
    this.digest.add(item);
    const { items, recipients, characters } = this.rules.limits;
    return this.items >= items || this.recipients >= recipients || this.characters >= characters;
  }

  private add(item: unknown): void {
    if (item instanceof SmsProInputError) throw item;
    const checked = checkRequest(item, this.rules.defaults, this.now);
    const { phones, idempotencyKey: key } = checked;
    const fingerprint = key === null ? '' : requestFingerprint(checked, instantOf(item));
    this.messages.push({
      ...messageContent(newMessageId(), checked, this.rules.digestKey, this.now),
      index: this.to,
      phones,
      idempotency: key === null ? null : { key, fingerprint },
    });
    this.recipients += phones.length;
    this.characters += checked.text.length + (checked.metadata?.length ?? 0);
  }
}

/** When the request itself says that it is to be sent, also where that is past. */
function instantOf(item: unknown): Date | undefined {
  const sendAt: unknown = typeof item === 'object' && item !== null ? Reflect.get(item, 'sendAt') : undefined;
  return sendAt instanceof Date ? sendAt : undefined;
}
