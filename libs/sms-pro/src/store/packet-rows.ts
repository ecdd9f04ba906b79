import type { SqlSession } from './sql-session.js';

/** A packet that has just been made: queued, and never tried. */
export interface NewPacketRow {
  readonly packetId: string;
  /** The message that has the text: that of the packet's first recipient. */
  readonly messageId: string;
  readonly campaignId: string | null;
  /** The first packet its recipients were in. */
  readonly rootPacketId: string;
  /** The packet it takes the place of. */
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

/** What a packet that was never tried has counted so far: the last eight columns. */
const NOTHING_YET = [0, 0, 0, 0, 0, 0, 0, 0] as const;

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
      ...NOTHING_YET,
    ]),
  );
}
