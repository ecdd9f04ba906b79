import { createHash } from 'node:crypto';
import { printSom } from '../account/money.js';
import { reportAt, type Packet } from './packet.js';

/** One message to one phone that the gateway accepted, and what it billed for it. */
export interface LedgerEntry {
  account: string;
  packetId: string;
  phone: string;
  sender: string;
  text: string;
  /** SHA-256 of the text, hexadecimal. */
  textHash: string;
  segments: number;
  /** Som billed for this phone: price × segments. */
  billed: string;
  /** When it was accepted, epoch milliseconds. */
  at: number;
  /** When it was due: the requested `time`, or `at`. */
  startsAt: number;
  /** The current report code. */
  report: number;
}

/** A phone that got the same text from the same account more than once. */
export interface DoubledSms {
  account: string;
  phone: string;
  text: string;
  textHash: string;
  count: number;
  packetIds: string[];
  /** When each was accepted, epoch milliseconds. */
  at: number[];
}

/** What one account was billed. It is counted even if entries are not kept. */
export interface Billing {
  packets: number;
  /** Messages to one phone. */
  messages: number;
  /** SMS: messages × their segments. */
  segments: number;
  /** Som. */
  billed: string;
}

/** Selects entries of the ledger. */
export interface LedgerFilter {
  account?: string;
  packetId?: string;
  phone?: string;
}

/** Every SMS "really sent". It stores packets; entries are made from them when it is read. */
export class Ledger {
  private readonly packets: Packet[] = [];
  private readonly totals = new Map<string, { packets: number; messages: number; segments: number; tyiyn: number }>();

  constructor(private readonly keepsEntries: boolean) {}

  add(packet: Packet): void {
    if (this.keepsEntries) this.packets.push(packet);
    const total = this.totals.get(packet.login) ?? { packets: 0, messages: 0, segments: 0, tyiyn: 0 };
    const messages = packet.phones.length;
    total.packets += 1;
    total.messages += messages;
    total.segments += messages * packet.segments;
    total.tyiyn += messages * packet.priceTyiyn;
    this.totals.set(packet.login, total);
  }

  entries(now: number, filter: LedgerFilter = {}): LedgerEntry[] {
    const { account, packetId, phone } = filter;
    return this.packets
      .filter((packet) => (account ?? packet.login) === packet.login && (packetId ?? packet.id) === packet.id)
      .flatMap((packet) => {
        const textHash = hashOf(packet.text);
        return packet.phones.filter((one) => (phone ?? one) === one).map((one) => entryOf(packet, one, textHash, now));
      });
  }

  doubles(): DoubledSms[] {
    const groups = new Map<string, Packet[]>();
    for (const packet of this.packets) {
      for (const phone of packet.phones) {
        const key = `${phone}\n${packet.login}\n${packet.text}`;
        const group = groups.get(key);
        if (group === undefined) groups.set(key, [packet]);
        else group.push(packet);
      }
    }
    return [...groups].flatMap(([key, packets]) => {
      const [first] = packets;
      if (first === undefined || packets.length < 2) return [];
      return [doubleOf(key.slice(0, key.indexOf('\n')), first, packets)];
    });
  }

  billing(): Record<string, Billing> {
    return Object.fromEntries(
      [...this.totals].map(([login, { tyiyn, ...counts }]) => [login, { ...counts, billed: printSom(tyiyn) }]),
    );
  }
}

function entryOf(packet: Packet, phone: string, textHash: string, now: number): LedgerEntry {
  return {
    account: packet.login,
    packetId: packet.id,
    phone,
    sender: packet.sender,
    text: packet.text,
    textHash,
    segments: packet.segments,
    billed: printSom(packet.priceTyiyn),
    at: packet.acceptedAt,
    startsAt: packet.startsAt,
    report: reportAt(packet, phone, now).report,
  };
}

function doubleOf(phone: string, first: Packet, packets: readonly Packet[]): DoubledSms {
  return {
    account: first.login,
    phone,
    text: first.text,
    textHash: hashOf(first.text),
    count: packets.length,
    packetIds: packets.map(({ id }) => id),
    at: packets.map(({ acceptedAt }) => acceptedAt),
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
