import { MOST_REJECTED, type RejectedRequest } from '../message/campaign.js';
import { newPacketId } from '../message/packet-id.js';
import { packPhones, type PackedPhone } from '../message/packing.js';
import { rejectionsText } from './campaign.store.js';
import { withoutKnown, type BulkMessage, type KeyRules } from './bulk-keys.js';
import { insertMessages, insertRecipients } from './message-rows.js';
import { insertPackets, type NewPacketRow } from './packet-rows.js';
import { int } from './row-reader.js';
import type { SmsProDatabase } from './sms-pro.database.js';
import type { UnitOfWork } from './unit-of-work.js';

/** The next part of a campaign's source: stored whole or not at all. */
export interface BulkChunk {
  readonly campaignId: string;
  /** Items of the source before it. */
  readonly from: number;
  /** Items of the source up to its end. */
  readonly to: number;
  /** Of all items up to its end. */
  readonly sourceDigest: string;
  readonly messages: readonly BulkMessage[];
  readonly rejected: readonly RejectedRequest[];
  /** Those that the campaign keeps one by one already. */
  readonly rejectedBefore: readonly RejectedRequest[];
  /** The source ends with it. */
  readonly isLast: boolean;
  readonly now: number;
}

/** Packets that are due at one instant. */
export interface DuePackets {
  readonly dueAt: number;
  readonly packetIds: readonly string[];
}

/** What became of a chunk. */
export type ChunkOutcome =
  | {
      readonly is: 'stored';
      readonly messages: number;
      readonly recipients: number;
      readonly segments: number;
      /** Those of this chunk, in order, with the ones whose key stood for another request. */
      readonly rejected: readonly RejectedRequest[];
      readonly due: readonly DuePackets[];
    }
  /** Nothing was stored: the campaign was taken back. */
  | { readonly is: 'canceled' }
  /** Nothing was stored: another run of the campaign is further than this one knows. */
  | { readonly is: 'overtaken' }
  /** Nothing was stored: this request's key stands for another request. */
  | { readonly is: 'conflict'; readonly index: number };

/** Takes a transaction back. */
class KeyConflict extends Error {
  constructor(readonly index: number) {
    super('A key stands for another request.');
  }
}

/** Stores campaigns, chunk by chunk: what is stored is always a whole beginning of the source. */
export class BulkStore {
  constructor(private readonly database: SmsProDatabase) {}

  /** Whether nobody else can use the database while a chunk is written. */
  get isExclusive(): boolean {
    return this.database.singleConnection;
  }

  /** Writes messages, packets, recipients, keys and the campaign's counts in one transaction. */
  async store(chunk: BulkChunk, rules: KeyRules): Promise<ChunkOutcome> {
    try {
      return await this.database.transaction((unit) => this.storeIn(unit, chunk, rules));
    } catch (error) {
      if (error instanceof KeyConflict) return { is: 'conflict', index: error.index };
      throw error;
    }
  }

  private async storeIn(unit: UnitOfWork, chunk: BulkChunk, rules: KeyRules): Promise<ChunkOutcome> {
    // Two runs of one campaign wait for each other here, and the later one sees how far the earlier has come.
    const campaign = await unit.first(
      `SELECT state, consumed FROM sms_pro_campaign WHERE campaign_id = ? ${unit.dialect.forUpdate}`,
      [chunk.campaignId],
    );
    if (campaign === null || campaign['state'] === 'canceled') return { is: 'canceled' };
    if (campaign['state'] !== 'running' || int(campaign, 'consumed') !== chunk.from) return { is: 'overtaken' };
    const { fresh, conflicting } = await withoutKnown(unit, chunk.messages, rules);
    const [first] = conflicting;
    if (first !== undefined && rules.stopAtConflict) throw new KeyConflict(first);
    const due = await this.insert(unit, chunk.campaignId, fresh);
    const counted = {
      messages: fresh.length,
      recipients: sum(fresh, ({ phones }) => phones.length),
      segments: sum(fresh, ({ phones, segments }) => phones.length * segments),
      rejected: [...chunk.rejected, ...conflicting.map((index) => ({ index, issues: rules.conflict }))].toSorted(
        (a, b) => a.index - b.index,
      ),
    };
    await this.count(unit, chunk, counted);
    return { is: 'stored', ...counted, due };
  }

  private async insert(
    unit: UnitOfWork,
    campaignId: string,
    messages: readonly BulkMessage[],
  ): Promise<readonly DuePackets[]> {
    const packets = packPhones(messages, groupOf).map((packed) => ({ packetId: newPacketId(), packed }));
    await insertMessages(
      unit,
      unit.account,
      messages.map((message) => ({ ...message, campaignId, recipients: message.phones.length })),
    );
    const rows = packets.flatMap(({ packetId, packed }) => packetRow(packetId, campaignId, packed) ?? []);
    await insertPackets(unit, unit.account, rows);
    await insertRecipients(
      unit,
      packets.flatMap(({ packetId, packed }) =>
        packed.map(({ phone, message, position }) => ({
          packetId,
          phone,
          messageId: message.messageId,
          position,
          createdAt: message.createdAt,
        })),
      ),
    );
    const due = new Map<number, string[]>();
    for (const { packetId, dueAt } of rows) {
      const packetIds = due.get(dueAt);
      if (packetIds === undefined) due.set(dueAt, [packetId]);
      else packetIds.push(packetId);
    }
    return [...due].map(([dueAt, packetIds]) => ({ dueAt, packetIds }));
  }

  private async count(
    unit: UnitOfWork,
    { campaignId, to, sourceDigest, rejectedBefore, isLast, now }: BulkChunk,
    stored: {
      readonly messages: number;
      readonly recipients: number;
      readonly segments: number;
      readonly rejected: readonly RejectedRequest[];
    },
  ): Promise<void> {
    const room = MOST_REJECTED - rejectedBefore.length;
    const isListed = stored.rejected.length > 0 && room > 0;
    const listed = isListed ? rejectionsText([...rejectedBefore, ...stored.rejected.slice(0, room)]) : null;
    await unit.run(
      `UPDATE sms_pro_campaign SET consumed = ?, source_digest = ?, messages = messages + ?, recipients = recipients + ?,
         segments = segments + ?, rejected = rejected + ?, rejections = COALESCE(?, rejections), state = ?, ended_at = ?
       WHERE campaign_id = ?`,
      [
        to,
        sourceDigest,
        stored.messages,
        stored.recipients,
        stored.segments,
        stored.rejected.length,
        listed,
        isLast ? 'stored' : 'running',
        isLast ? now : null,
        campaignId,
      ],
    );
  }
}

/** Messages of one group may share a packet: all that a packet has beside its phones is equal. */
function groupOf(message: BulkMessage): string {
  const { text: body, sender, sendAt, validUntil, deadlineAt, priority, test, sensitive } = message;
  return `${sender}|${sendAt}|${validUntil}|${deadlineAt}|${priority}|${test}|${sensitive}|${body}`;
}

function packetRow(
  packetId: string,
  campaignId: string,
  packed: readonly PackedPhone<BulkMessage>[],
): NewPacketRow | null {
  // The text is read from the message of the first recipient.
  const message = packed[0]?.message;
  if (message === undefined) return null;
  const { messageId, sender, priority, test, sensitive, segments, validUntil, deadlineAt, createdAt } = message;
  return {
    packetId,
    messageId,
    campaignId,
    rootPacketId: packetId,
    replaces: null,
    sender,
    priority,
    test,
    sensitive,
    segments,
    recipients: packed.length,
    dueAt: message.sendAt ?? createdAt,
    validUntil,
    deadlineAt,
    createdAt,
  };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
