import { SmsProTransportError } from '../errors/sms-pro.errors.js';
import type { ReportsAnswer } from '../gateway/dr.codec.js';
import type { SendPacketAnswer, SendPacketRequest } from '../gateway/message.codec.js';

/** What the gateway does with one request, and what becomes of its answer. */
export interface Fate {
  /** When it is processed, in ms after it came; `null` never. */
  readonly processedAfterMs: number | null;
  readonly answer: 'delivered' | 'lost';
  /** A refusal instead of processing. */
  readonly refusal: string | null;
}

/** One SMS that was really sent. */
export interface SentSms {
  readonly packetId: string;
  readonly phone: string;
  readonly at: number;
}

interface Processing {
  readonly request: SendPacketRequest;
  readonly at: number;
}

/** How the gateway reads its own document, where the document leaves it open. */
export interface GatewayReading {
  readonly dedupe: 'forever' | 'none';
  readonly rejectedUsesId: boolean;
  /** How long after processing `/api/dr` knows a packet, in ms. */
  readonly drLagMs: number;
}

/** A gateway that is only rules: requests are processed now, late or never, and answers are lost. */
export class GatewayModel {
  readonly sent: SentSms[] = [];
  private readonly used = new Set<string>();
  private pending: Processing[] = [];

  constructor(
    private readonly reading: GatewayReading,
    private readonly now: () => number,
  ) {}

  /** Takes a request with the fate given; throws as the transport does where the answer is lost. */
  take(request: SendPacketRequest, { processedAfterMs, answer, refusal }: Fate): SendPacketAnswer {
    this.work();
    const lost = () =>
      new SmsProTransportError('message', 'The connection broke off.', { outcome: 'unknown', fault: 'reset' });
    if (processedAfterMs !== null && processedAfterMs > 0) {
      this.pending.push({ request, at: this.now() + processedAfterMs });
      throw lost();
    }
    if (processedAfterMs === null) throw lost();
    const status = refusal ?? this.process(request, this.now());
    if (refusal !== null && this.reading.rejectedUsesId) this.used.add(request.id);
    if (answer === 'lost') throw lost();
    return { id: request.id, status, phones: request.phones.length, smscnt: 1, message: null };
  }

  /** What `/api/dr` says of a packet. */
  reports(packetId: string): ReportsAnswer {
    this.work();
    const known = this.sent.filter((sms) => sms.packetId === packetId && sms.at + this.reading.drLagMs <= this.now());
    const reports = known.map(({ phone }) => ({
      phone,
      code: '1',
      sendTime: '',
      rcvTime: '',
      sentAt: null,
      deliveredAt: null,
    }));
    return { status: reports.length > 0 ? '0' : '4', reports, unreadable: 0 };
  }

  /** Processes what has become due. */
  work(): void {
    const due = this.pending.filter(({ at }) => at <= this.now());
    this.pending = this.pending.filter(({ at }) => at > this.now());
    for (const { request, at } of due) this.process(request, at);
  }

  private process({ id, phones }: SendPacketRequest, at: number): string {
    if (this.reading.dedupe === 'forever' && this.used.has(id)) return '10';
    this.used.add(id);
    for (const phone of phones) this.sent.push({ packetId: id, phone, at });
    return '0';
  }
}
