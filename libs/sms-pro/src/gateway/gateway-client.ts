import type { HttpService } from '@nestjs/axios';
import { decodeLookup, encodeLookup, type LookupAnswer } from './def.codec.js';
import { decodeGetReports, encodeGetReports, type ReportsAnswer } from './dr.codec.js';
import type { GatewayConfig } from './gateway.config.js';
import { GatewayTransport, type GatewayCallOptions } from './gateway-transport.js';
import { decodeGetAccount, encodeGetAccount, type AccountAnswer } from './info.codec.js';
import { decodeSendPacket, encodeSendPacket, type SendPacketAnswer, type SendPacketRequest } from './message.codec.js';
import { ReportsSingleFlight } from './reports-single-flight.js';

/**
 * The four calls of the gateway, one POST each. Answers come as they are, whatever their status; what a status means
 * is the caller's to judge.
 *
 * Throws `SmsProTransportError` when there is no answer, `SmsProProtocolError` when it cannot be read, and
 * `SmsProInputError`, before anything is sent, when a field has a character that XML cannot carry.
 */
export class GatewayClient {
  // Private to the engine: an inspected client must not show the password.
  readonly #config: GatewayConfig;
  readonly #transport: GatewayTransport;
  readonly #reports = new ReportsSingleFlight();

  constructor(config: GatewayConfig, http: HttpService) {
    this.#config = config;
    this.#transport = new GatewayTransport(config, http);
  }

  /** POSTs one packet to `/api/message`. A failure with outcome `unknown` may have been sent. */
  async sendPacket(request: SendPacketRequest, options?: GatewayCallOptions): Promise<SendPacketAnswer> {
    const document = encodeSendPacket(this.#config, request);
    return decodeSendPacket(await this.#transport.post('message', document, options));
  }

  /** Asks `/api/dr` for the reports of a packet, or of one phone of it: never twice at once for one id. */
  async getReports(id: string, phone?: string, options?: GatewayCallOptions): Promise<ReportsAnswer> {
    const document = encodeGetReports(this.#config, id, phone);
    return this.#reports.ask({ id, phone, signal: options?.signal }, async () =>
      decodeGetReports(await this.#transport.post('dr', document, options), this.#config.reportUtcOffsetMinutes),
    );
  }

  /** Asks `/api/def` for the region, operator and time zone of a phone. */
  async lookup(phone: string, options?: GatewayCallOptions): Promise<LookupAnswer> {
    const document = encodeLookup(this.#config, phone);
    return decodeLookup(await this.#transport.post('def', document, options));
  }

  /** Asks `/api/info` for the balance, the price and the state of the account. */
  async getAccount(options?: GatewayCallOptions): Promise<AccountAnswer> {
    const document = encodeGetAccount(this.#config);
    return decodeGetAccount(await this.#transport.post('info', document, options));
  }
}
