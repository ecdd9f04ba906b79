import { SmsProGatewayError, SmsProProtocolError, type SmsProGatewayCall } from '../errors/sms-pro.errors.js';
import { DEFAULT_PHONE_POLICY, type PhonePolicy } from '../message/phone.js';
import type { PhoneReport } from '../message/incoming-report.js';
import type { GatewayClient } from './gateway-client.js';
import { checkPacket, checkPhone, checkReportId } from './gateway-input.js';
import type { GatewayCallOptions } from './gateway-transport.js';
import type { SendPacketRequest } from './message.codec.js';
import { statusMeaning } from './status/status-tables.js';

/** A packet that the gateway accepted. Source: the partner API, section 1, fields of the answer. */
export interface SentPacket {
  readonly id: string;
  /** 0: accepted for sending. 11: checked as a test, neither sent nor billed. */
  readonly status: 0 | 11;
  /** Whether the gateway treated it as a test (status 11). */
  readonly test: boolean;
  /** Number of phones that the gateway recognised; if fewer than given, some get nothing. `null` if not in the answer. */
  readonly phones: number | null;
  /** Segments of the text. The gateway bills `phones` × `smscnt`. `null` if not in the answer. */
  readonly smscnt: number | null;
  /** The gateway's own text, if any. May contain a phone number. */
  readonly message: string | null;
}

/** A report on one phone, with its times as dates. Source: the partner API, section 2. */
export interface PacketReport extends Omit<PhoneReport, 'sentAt' | 'deliveredAt'> {
  /** When the SMS was handed to the operator; `null` if that is unknown. */
  readonly sentAt: Date | null;
  /** When the operator's report arrived at the gateway; `null` if that is unknown. */
  readonly deliveredAt: Date | null;
}

/** What the gateway knows about a phone. Source: the partner API, section 3. */
export interface PhoneLookup {
  /** Digits only. */
  readonly phone: string;
  /** As the gateway writes it, such as `Бишкек , Бишкек`; `null` if it is unknown. */
  readonly region: string | null;
  /** As the gateway writes it, such as `MegaCom`; `null` if it is unknown. */
  readonly operator: string | null;
  /** Time zone in hours east of UTC; `null` if it is unknown. */
  readonly utcOffsetHours: number | null;
}

/** The state of the account at the gateway. Money is a decimal string in its currency. Source: the partner API, section 4. */
export interface GatewayAccount {
  /** Money on the account, without credit; can be negative. */
  readonly balance: string;
  /** Price of one segment. */
  readonly smsPrice: string;
  /** `false`: not active, blocked, or a test account. */
  readonly active: boolean;
}

/**
 * The four calls of the gateway, for direct use. It keeps no state, stores nothing and repeats nothing. To send a message
 * once and follow it to its final status, use `SmsProService.send()`.
 *
 * Every method can throw:
 * - `SmsProInputError`: an argument is not valid; nothing was sent.
 * - `SmsProTransportError`: there was no answer; its `outcome` says whether the request may have been processed.
 * - `SmsProProtocolError`: the answer could not be read; the request may have been processed.
 * - `SmsProGatewayError`: the gateway refused; its `hint` says how to fix it.
 */
export class SmsProGateway {
  constructor(
    private readonly client: Pick<GatewayClient, 'sendPacket' | 'getReports' | 'lookup' | 'getAccount'>,
    private readonly phonePolicy: PhonePolicy = DEFAULT_PHONE_POLICY,
  ) {}

  /**
   * Sends one text to 1 to 50 different phones (`/api/message`).
   *
   * @throws SmsProGatewayError for every status except 0 and 11 (table "статусы отправки"). After status 9, send it again
   *   with the same id, but only once `getReports` throws status 4 for that id.
   * @throws SmsProProtocolError also if the answer names another id
   * @example await gateway.sendPacket({ id: 'a88726', sender: 'My-company', text: 'Ready', phones: ['+996550123456'] })
   */
  async sendPacket(request: SendPacketRequest, options?: GatewayCallOptions): Promise<SentPacket> {
    const packet = checkPacket(request, this.phonePolicy);
    const { id, status, phones, smscnt, message } = await this.client.sendPacket(packet, options);
    if (id !== null && id !== packet.id) {
      throw new SmsProProtocolError('message', 'it names another id than the request');
    }
    const test = status === '11';
    if (status !== '0' && !test) {
      throw refusal('message', status);
    }
    return { id: packet.id, status: test ? 11 : 0, test, phones, smscnt, message };
  }

  /**
   * Queries the reports of a packet, or of one of its phones (`/api/dr`). Entries that cannot be read are left out.
   *
   * @throws SmsProGatewayError for every status except 0 (table "коды ошибок при запросе отчета"). Status 4: the gateway
   *   does not know the id, or not yet
   * @throws SmsProProtocolError also if there are entries and none of them can be read
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
   * Queries the region, operator and time zone of a phone (`/api/def`). Free of charge; GSM networks of Kyrgyzstan only.
   *
   * @throws SmsProGatewayError for every status except 0 (section 3, "статусы запроса"). Status 4: the phone is not in the
   *   gateway's database
   */
  async lookup(phone: string, options?: GatewayCallOptions): Promise<PhoneLookup> {
    const checked = checkPhone(phone, this.phonePolicy);
    const { status, region, operator, utcOffsetHours } = await this.client.lookup(checked, options);
    if (status !== '0') {
      throw refusal('def', status);
    }
    return { phone: checked, region, operator, utcOffsetHours };
  }

  /**
   * Queries the balance, the price of a segment and the state of the account (`/api/info`).
   *
   * @throws SmsProGatewayError for every status except 0 (section 4, "статусы запроса")
   */
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
