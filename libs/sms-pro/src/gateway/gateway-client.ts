import type { HttpService } from '@nestjs/axios';
import { decodeLookup, encodeLookup, type LookupAnswer } from './def.codec.js';
import { decodeGetReports, encodeGetReports, type ReportsAnswer } from './dr.codec.js';
import type { GatewayConfig } from './gateway.config.js';
import { GatewayTransport, type GatewayCallOptions } from './gateway-transport.js';
import { decodeGetAccount, encodeGetAccount, type AccountAnswer } from './info.codec.js';
import { decodeSendPacket, encodeSendPacket, type SendPacketAnswer, type SendPacketRequest } from './message.codec.js';
import { ReportsSingleFlight } from './reports-single-flight.js';

/**
 * The four calls of the gateway, one POST each. Every answer is returned, whatever its status: the caller decides what the
 * status means.
 *
 * Throws `SmsProTransportError` if there is no answer, `SmsProProtocolError` if the answer cannot be read, and
 * `SmsProInputError`, before anything is sent, if a field has a character that XML forbids.
 */
export class GatewayClient {
  // #private, not TypeScript's private: the password must not be visible when the client is inspected or logged.
  readonly #config: GatewayConfig;
  readonly #transport: GatewayTransport;
  readonly #reports = new ReportsSingleFlight();

  constructor(config: GatewayConfig, http: HttpService) {
    this.#config = config;
    this.#transport = new GatewayTransport(config, http);
  }

  /** POSTs one packet to `/api/message`. After a failure with outcome `unknown` it may have been sent. */
  async sendPacket(request: SendPacketRequest, options?: GatewayCallOptions): Promise<SendPacketAnswer> {
    const document = encodeSendPacket(this.#config, request);
    return decodeSendPacket(await this.#transport.post('message', document, options));
  }

  /** Queries `/api/dr` for the reports of a packet, or of one of its phones: one query per id at a time. */
  async getReports(id: string, phone?: string, options?: GatewayCallOptions): Promise<ReportsAnswer> {
    const document = encodeGetReports(this.#config, id, phone);
    return this.#reports.ask({ id, phone, signal: options?.signal }, async () =>
      decodeGetReports(await this.#transport.post('dr', document, options), this.#config.reportUtcOffsetMinutes),
    );
  }

  /** Queries `/api/def` for the region, operator and time zone of a phone. */
  async lookup(phone: string, options?: GatewayCallOptions): Promise<LookupAnswer> {
    const document = encodeLookup(this.#config, phone);
    return decodeLookup(await this.#transport.post('def', document, options));
  }

  /** Queries `/api/info` for the balance, the price and the state of the account. */
  async getAccount(options?: GatewayCallOptions): Promise<AccountAnswer> {
    const document = encodeGetAccount(this.#config);
    return decodeGetAccount(await this.#transport.post('info', document, options));
  }
}
