import { flag, int, text } from '../database/row-reader.js';
import type { SqlRow } from '../database/sql-session.js';
import type { ClaimedPacket } from './claimed-packet.js';

/** The columns of a packet that decide what its end means for its recipients. */
export interface PacketHead {
  readonly packetId: string;
  readonly rootPacketId: string;
  readonly messageId: string;
  readonly recipients: number;
  readonly segments: number;
  readonly test: boolean;
  readonly sensitive: boolean;
}

/** The columns that {@link packetHead} reads. */
export const HEAD_COLUMNS = 'packet_id, root_packet_id, message_id, recipients, segments, test, is_sensitive';

/** Reads the head of a packet. */
export function packetHead(row: SqlRow): PacketHead {
  return {
    packetId: text(row, 'packet_id'),
    rootPacketId: text(row, 'root_packet_id'),
    messageId: text(row, 'message_id'),
    recipients: int(row, 'recipients'),
    segments: int(row, 'segments'),
    test: flag(row, 'test'),
    sensitive: flag(row, 'is_sensitive'),
  };
}

/** The head of a claimed packet. */
export function headOf(packet: ClaimedPacket): PacketHead {
  return {
    packetId: packet.packetId,
    rootPacketId: packet.rootPacketId,
    messageId: packet.messageId,
    recipients: packet.phones.length,
    segments: packet.segments,
    test: packet.test,
    sensitive: packet.sensitive,
  };
}

/** A test that the gateway really sent is an ordinary packet from then on. */
export function acceptedHead(packet: ClaimedPacket, { test }: { readonly test: boolean }): PacketHead {
  return { ...headOf(packet), test };
}
