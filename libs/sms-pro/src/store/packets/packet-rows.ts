import type { SqlSession } from '../database/sql-session.js';

/** A packet that has just been made: queued, and never tried. */
export interface NewPacketRow {
  readonly packetId: string;
  /** The message that has the text: that of the packet's first recipient. */
  readonly messageId: string;
  readonly campaignId: string | null;
  /** The first packet its recipients were in. */
  readonly rootPacketId: string;
  /** The packet that it replaces. */
  readonly replaces: string | null;
  readonly sender: string;
  readonly priority: number;
  readonly test: boolean;
  readonly sensitive: boolean;
  readonly segments: number;
  readonly recipients: number;
  readonly dueAt: number;
  readonly validUntil: number | null;
  readonly deadlineAt: number;
  readonly createdAt: number;
}

const COLUMNS = [
  'packet_id',
  'account',
  'message_id',
  'campaign_id',
  'root_packet_id',
  'replaces',
  'sender',
  'priority',
  'test',
  'is_sensitive',
  'segments',
  'recipients',
  'open_recipients',
  'state',
  'due_at',
  'valid_until',
  'deadline_at',
  'created_at',
  'lease_token',
  'attempts',
  'open_tries',
  'probes',
  'refusals',
  'cancel_requested',
  'estimated',
  'polls',
] as const;

/** The last eight columns of a new packet: its counters. */
const ZERO_COUNTERS = [0, 0, 0, 0, 0, 0, 0, 0] as const;

/** Writes new packets. */
export async function insertPackets(
  session: SqlSession,
  account: string,
  packets: readonly NewPacketRow[],
): Promise<void> {
  await session.insert(
    'sms_pro_packet',
    COLUMNS,
    packets.map((packet) => [
      packet.packetId,
      account,
      packet.messageId,
      packet.campaignId,
      packet.rootPacketId,
      packet.replaces,
      packet.sender,
      packet.priority,
      packet.test ? 1 : 0,
      packet.sensitive ? 1 : 0,
      packet.segments,
      packet.recipients,
      packet.recipients,
      'queued',
      packet.dueAt,
      packet.validUntil,
      packet.deadlineAt,
      packet.createdAt,
      ...ZERO_COUNTERS,
    ]),
  );
}
