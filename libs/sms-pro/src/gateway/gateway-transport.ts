import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpService } from '@nestjs/axios';
import { create as createAxios, type AxiosProxyConfig, type AxiosRequestConfig, type AxiosResponse } from 'axios';
import { firstValueFrom } from 'rxjs';
import { SmsProTransportError, type SmsProGatewayCall, type TransportFault } from '../errors/sms-pro.errors.js';
import { MAX_ANSWER_BYTES, type GatewayBody } from './gateway-answer.js';
import type { GatewayConfig } from './gateway.config.js';
import { RequestTrace } from './request-trace.js';
import { httpStatusError, lostAnswerError } from './transport-error.js';
import { transportFault } from './transport-fault.js';

/** The HTTP client of one account. */
export interface GatewayHttp {
  readonly http: HttpService;
  /** Closes every connection; requests in flight fail. */
  close(): void;
}

/** Options of one call of `SmsProGateway`. */
export interface GatewayCallOptions {
  /** Aborts the call. `timeoutMs` of the module's options still applies. @default none */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Shorter than the idle time-out of common servers (5 s and more). A connection that the server has just closed would
 * make a good send uncertain.
 */
const IDLE_SOCKET_MS = 4_000;

/** Makes an HTTP client with its own pool of at most `maxSockets` connections. Close it when the account is stopped. */
export function createGatewayHttp(config: Pick<GatewayConfig, 'maxSockets' | 'proxy'>): GatewayHttp {
  const options = { keepAlive: true, maxSockets: config.maxSockets, timeout: IDLE_SOCKET_MS };
  const httpAgent = new HttpAgent(options);
  const httpsAgent = new HttpsAgent(options);
  const http = new HttpService(createAxios({ httpAgent, httpsAgent, proxy: proxyOf(config.proxy) }));
  return {
    http,
    close() {
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

function proxyOf(proxy: string | undefined): AxiosProxyConfig | false {
  if (proxy === undefined) {
    return false;
  }
  const { protocol, hostname, port, username, password } = new URL(proxy);
  const auth = { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  const defaultPort = protocol === 'https:' ? 443 : 80;
  return { protocol, host: hostname, port: Number(port) || defaultPort, ...(username === '' ? {} : { auth }) };
}

/** Sends one POST to the gateway, and finds out whether a failed one may have been processed. */
export class GatewayTransport {
  readonly #config: Pick<GatewayConfig, 'baseUrl' | 'timeoutMs' | 'connectTimeoutMs'>;
  readonly #http: HttpService;
  readonly #base: string;
  readonly #host: string;

  constructor(config: Pick<GatewayConfig, 'baseUrl' | 'timeoutMs' | 'connectTimeoutMs'>, http: HttpService) {
    this.#config = config;
    this.#http = http;
    this.#base = config.baseUrl.replace(/\/+$/, '');
    this.#host = new URL(config.baseUrl).host;
  }

  /**
   * Sends one document to `/api/{call}` and returns the body of a 2xx answer. Follows no redirect and never repeats.
   *
   * @throws SmsProTransportError in all other cases; its `outcome` says whether the gateway may have processed it
   */
  async post(call: SmsProGatewayCall, document: Buffer, options: GatewayCallOptions = {}): Promise<GatewayBody> {
    const { signal } = options;
    const abort = new AbortController();
    let stopped: TransportFault | undefined;
    const stop = (fault: TransportFault): void => {
      stopped ??= fault;
      abort.abort();
    };
    let connectTimer: NodeJS.Timeout | undefined;
    const trace = new RequestTrace({
      connecting: () => {
        connectTimer = setTimeout(stop, this.#config.connectTimeoutMs, 'connect-timeout');
      },
      connected: () => clearTimeout(connectTimer),
    });
    const totalTimer = setTimeout(stop, this.#config.timeoutMs, 'timeout');
    const onSignal = (): void => stop(isTimeout(signal?.reason) ? 'timeout' : 'aborted');
    if (signal?.aborted) {
      onSignal();
    }
    signal?.addEventListener('abort', onSignal, { once: true });
    try {
      return this.#bodyOf(call, await this.#exchange(call, document, trace, abort.signal));
    } catch (error) {
      throw error instanceof SmsProTransportError
        ? error
        : lostAnswerError({ call, host: this.#host }, trace, stopped ?? transportFault(error));
    } finally {
      clearTimeout(totalTimer);
      clearTimeout(connectTimer);
      signal?.removeEventListener('abort', onSignal);
    }
  }

  /** Subscribes exactly once: the observable is cold, so each subscription would send another POST. */
  #exchange(
    call: SmsProGatewayCall,
    document: Buffer,
    transport: RequestTrace,
    signal: AbortSignal,
  ): Promise<AxiosResponse<unknown>> {
    const config: AxiosRequestConfig = {
      adapter: 'http',
      transport,
      signal,
      headers: { 'Content-Type': 'application/xml; charset=utf-8', Accept: 'application/xml, text/xml, */*' },
      maxRedirects: 0,
      maxContentLength: MAX_ANSWER_BYTES,
      responseType: 'arraybuffer',
      validateStatus: () => true,
    };
    return firstValueFrom(this.#http.post<unknown>(`${this.#base}/api/${call}`, document, config));
  }

  #bodyOf(call: SmsProGatewayCall, response: AxiosResponse<unknown>): GatewayBody {
    const { status, data, headers } = response;
    if (status < 200 || status > 299) {
      throw httpStatusError({ call, host: this.#host }, status);
    }
    const contentType: unknown = headers['content-type'];
    return {
      bytes: Buffer.isBuffer(data) ? data : Buffer.alloc(0),
      contentType: typeof contentType === 'string' ? contentType : undefined,
    };
  }
}

function isTimeout(reason: unknown): boolean {
  return typeof reason === 'object' && reason !== null && Reflect.get(reason, 'name') === 'TimeoutError';
}
