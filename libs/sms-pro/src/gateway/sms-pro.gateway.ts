import { SmsProGatewayError, SmsProProtocolError, type SmsProGatewayCall } from '../errors/sms-pro.errors.js';
import { DEFAULT_PHONE_POLICY, type PhonePolicy } from '../message/phone.js';
import type { PhoneReport } from '../message/incoming-report.js';
import type { GatewayClient } from './gateway-client.js';
import { checkPacket, checkPhone, checkReportId } from './gateway-input.js';
import type { GatewayCallOptions } from './gateway-transport.js';
import type { SendPacketRequest } from './message.codec.js';
import { statusMeaning } from './status/status-tables.js';

/** A packet that the gateway took. */
export interface SentPacket {
  readonly id: string;
  /** 0: accepted for sending. 11: processed as a test, neither sent nor billed. */
  readonly status: 0 | 11;
  /** Whether the gateway took it as a test. */
  readonly test: boolean;
  /** Phones the gateway recognised; fewer than given means that some get nothing. */
  readonly phones: number | null;
  /** Segments of the text. Billed = phones × smscnt. */
  readonly smscnt: number | null;
  /** The gateway's words, if any. Can hold a phone number. */
  readonly message: string | null;
}

/** A report with its times as dates. */
export interface PacketReport extends Omit<PhoneReport, 'sentAt' | 'deliveredAt'> {
  /** When it went to the operator; `null` when that is not known. */
  readonly sentAt: Date | null;
  /** When the operator's report came; `null` when that is not known. */
  readonly deliveredAt: Date | null;
}

/** What the gateway knows of a phone. */
export interface PhoneLookup {
  /** Digits only. */
  readonly phone: string;
  readonly region: string | null;
  readonly operator: string | null;
  /** Hours east of Greenwich; `null` when it is not known. */
  readonly utcOffsetHours: number | null;
}

/** The account as the gateway sees it. Money is a decimal string in the account's currency. */
export interface GatewayAccount {
  /** Without credit; can be negative. */
  readonly balance: string;
  /** Price of one segment. */
  readonly smsPrice: string;
  /** `false`: not active, blocked, or a test account. */
  readonly active: boolean;
}

/**
 * The four calls of the gateway, for those who need them by hand. It keeps no state, stores nothing and repeats
 * nothing: `SmsProService.send()` is what follows a message to its end and sends it once.
 *
 * Every method can throw, beside what it names: `SmsProInputError` (nothing was sent), `SmsProTransportError` (its
 * `outcome` says whether it may have been sent), `SmsProProtocolError` (the answer could not be read; it may have been
 * sent) and `SmsProGatewayError` (the gateway refused; its `hint` says where to mend it).
 */
export class SmsProGateway {
  constructor(
    private readonly client: Pick<GatewayClient, 'sendPacket' | 'getReports' | 'lookup' | 'getAccount'>,
    private readonly phonePolicy: PhonePolicy = DEFAULT_PHONE_POLICY,
  ) {}

  /**
   * Sends one text to 1 to 50 different phones (`/api/message`).
   *
   * @throws SmsProGatewayError for every status but 0 and 11. On 9, repeat with the same id, after `getReports` has
   *   said 4 for it.
   * @throws SmsProProtocolError also when the answer is to another id than ours.
   * @example await gateway.sendPacket({ id: 'a88726', sender: 'My-company', text: 'Ready', phones: ['+996550123456'] })
   */
  async sendPacket(request: SendPacketRequest, options?: GatewayCallOptions): Promise<SentPacket> {
    const packet = checkPacket(request, this.phonePolicy);
    const { id, status, phones, smscnt, message } = await this.client.sendPacket(packet, options);
    if (id !== null && id !== packet.id) {
      throw new SmsProProtocolError('message', 'it is to another id than the one that was sent');
    }
    const test = status === '11';
    if (status !== '0' && !test) {
      throw refusal('message', status);
    }
    return { id: packet.id, status: test ? 11 : 0, test, phones, smscnt, message };
  }

  /**
   * Asks for the reports of a packet, or of one phone of it (`/api/dr`). Entries that cannot be read are left out.
   *
   * @throws SmsProGatewayError with status 4 when the gateway does not know the id, or does not know it yet.
   * @throws SmsProProtocolError also when there are entries and none can be read.
   */
  async getReports(id: string, phone?: string, options?: GatewayCallOptions): Promise<PacketReport[]> {
    const only = phone === undefined ? undefined : checkPhone(phone, this.phonePolicy);
    const { status, reports, unreadable } = await this.client.getReports(checkReportId(id), only, options);
    if (status !== '0') {
      throw refusal('dr', status);
    }
    if (reports.length === 0 && unreadable > 0) {
      throw new SmsProProtocolError('dr', 'none of its reports can be read');
    }
    return reports.map(packetReport);
  }

  /**
   * Asks for the region, operator and time zone of a phone (`/api/def`). Free of charge; GSM networks of Kyrgyzstan only.
   *
   * @throws SmsProGatewayError with status 4 when the phone is not in the gateway's base.
   */
  async lookup(phone: string, options?: GatewayCallOptions): Promise<PhoneLookup> {
    const asked = checkPhone(phone, this.phonePolicy);
    const { status, region, operator, utcOffsetHours } = await this.client.lookup(asked, options);
    if (status !== '0') {
      throw refusal('def', status);
    }
    return { phone: asked, region, operator, utcOffsetHours };
  }

  /** Asks for the balance, the price of a segment and the state of the account (`/api/info`). */
  async getAccount(options?: GatewayCallOptions): Promise<GatewayAccount> {
    const { status, balance, smsPrice, active } = await this.client.getAccount(options);
    if (status !== '0') {
      throw refusal('info', status);
    }
    if (balance === null || smsPrice === null || active === null) {
      throw new SmsProProtocolError('info', 'its <state>, <account> or <smsprice> is not readable');
    }
    return { balance, smsPrice, active };
  }
}

function refusal(call: SmsProGatewayCall, status: string): SmsProGatewayError {
  const { hint, retryable } = statusMeaning(call, status);
  return new SmsProGatewayError(call, status, hint, retryable);
}

function packetReport(report: PhoneReport): PacketReport {
  return { ...report, sentAt: dateOf(report.sentAt), deliveredAt: dateOf(report.deliveredAt) };
}

function dateOf(epochMs: number | null): Date | null {
  return epochMs === null ? null : new Date(epochMs);
}
