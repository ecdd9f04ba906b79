/** Phones in one packet, at most. Source: the partner API, section 1, field `phone`. */
export const PACKET_PHONES = 50;

/** One phone in a packet, and the message that it belongs to. */
export interface PackedPhone<M> {
  readonly phone: string;
  readonly message: M;
  /** Its position among the phones of its message. */
  readonly position: number;
}

/** A packet that is being filled. */
class OpenPacket<M> {
  readonly packed: PackedPhone<M>[] = [];
  private readonly phones = new Set<string>();

  get isFull(): boolean {
    return this.packed.length === PACKET_PHONES;
  }

  has(phone: string): boolean {
    return this.phones.has(phone);
  }

  add(entry: PackedPhone<M>): void {
    this.phones.add(entry.phone);
    this.packed.push(entry);
  }
}

/**
 * Fills packets with the phones of messages, in order. Only messages of the same group share a packet. A phone that occurs
 * twice goes into two packets, since reports identify a recipient by packet and phone.
 */
export function packPhones<M extends { readonly phones: readonly string[] }>(
  messages: readonly M[],
  groupOf: (message: M) => string,
): (readonly PackedPhone<M>[])[] {
  const packets: OpenPacket<M>[] = [];
  const openOf = new Map<string, OpenPacket<M>[]>();
  for (const message of messages) {
    const group = groupOf(message);
    const open = openOf.get(group) ?? [];
    openOf.set(group, open);
    for (const [position, phone] of message.phones.entries()) {
      let packet = open.find((one) => !one.has(phone));
      if (packet === undefined) {
        packet = new OpenPacket();
        packets.push(packet);
        open.push(packet);
      }
      packet.add({ phone, message, position });
      if (packet.isFull) open.splice(open.indexOf(packet), 1);
    }
  }
  return packets.map(({ packed }) => packed);
}
