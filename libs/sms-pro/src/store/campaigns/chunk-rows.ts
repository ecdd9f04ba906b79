import { newPacketId } from '../../message/packet-id.js';
import { packPhones, type PackedPhone } from '../../message/packing.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import { insertMessages, insertRecipients } from '../messages/message-rows.js';
import { insertPackets, type NewPacketRow } from '../packets/packet-rows.js';
import type { ChunkMessage } from './chunk-keys.js';

/** Packets that are due at one instant. */
export interface DuePackets {
  readonly dueAt: number;
  readonly packetIds: readonly string[];
}

/** Packs the phones of new messages into packets and writes all their rows. Returns the packets by when they are due. */
export async function insertChunk(
  unit: UnitOfWork,
  campaignId: string,
  messages: readonly ChunkMessage[],
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

/** Messages of one group may share a packet: all that a packet has is equal, except its phones. */
function groupOf(message: ChunkMessage): string {
  const { text: body, sender, sendAt, validUntil, deadlineAt, priority, test, sensitive } = message;
  return `${sender}|${sendAt}|${validUntil}|${deadlineAt}|${priority}|${test}|${sensitive}|${body}`;
}

function packetRow(
  packetId: string,
  campaignId: string,
  packed: readonly PackedPhone<ChunkMessage>[],
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
