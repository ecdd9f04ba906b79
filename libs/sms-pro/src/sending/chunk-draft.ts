import { SmsProInputError } from '../errors/sms-pro.errors.js';
import type { RejectedRequest } from '../message/campaign.js';
import type { Clock } from '../message/clock.js';
import { newMessageId } from '../message/message-id.js';
import type { ChunkMessage } from '../store/campaigns/chunk-keys.js';
import { checkRequest, type SendDefaults } from './check-request.js';
import { requestFingerprint } from './fingerprint.js';
import { messageContent } from './message-content.js';
import type { SourceDigest } from './source-digest.js';

/** The limits of one chunk, which is stored in one transaction. */
export interface ChunkLimits {
  /** Items of the source. */
  readonly items: number;
  /** A multiple of the 50 phones of a packet, so that a campaign with one text fills its packets. */
  readonly recipients: number;
  /** Of texts and metadata: every database limits the size of a statement. */
  readonly characters: number;
}

/** How requests are checked, and when a chunk is full. */
export interface DraftRules {
  readonly defaults: SendDefaults;
  readonly digestKey: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly limits: ChunkLimits;
}

/** The next chunk, while its part of the source is read. */
export class ChunkDraft {
  readonly messages: ChunkMessage[] = [];
  readonly rejected: RejectedRequest[] = [];
  /** The request with faults at which the run stops. */
  stopsAt: RejectedRequest | null = null;
  private readAt: number | null = null;
  private items = 0;
  private recipients = 0;
  private characters = 0;

  constructor(
    /** Items of the source before this chunk. */
    readonly from: number,
    private readonly rules: DraftRules,
    private readonly stopsAtFaults: boolean,
    private readonly digest: SourceDigest,
  ) {}

  /** One instant for the whole chunk, so that equal requests have equal deadlines and share packets. */
  get now(): number {
    return (this.readAt ??= this.rules.clock.now());
  }

  /** Items of the source up to the end of this chunk. */
  get to(): number {
    return this.from + this.items;
  }

  /** Adds the next item. Returns whether the chunk is full, or ends here because of a fault. */
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

/** The `sendAt` of the request itself, even if it is past. */
function instantOf(item: unknown): Date | undefined {
  const sendAt: unknown = typeof item === 'object' && item !== null ? Reflect.get(item, 'sendAt') : undefined;
  return sendAt instanceof Date ? sendAt : undefined;
}
