import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpService } from '@nestjs/axios';
import { create as createAxios, type AxiosProxyConfig, type AxiosRequestConfig, type AxiosResponse } from 'axios';
import { firstValueFrom } from 'rxjs';
import { SmsProTransportError, type SmsProGatewayCall, type TransportFault } from '../errors/sms-pro.errors.js';
import { MAX_ANSWER_BYTES, type GatewayBody } from './gateway-answer.js';
import type { GatewayConfig } from './gateway.config.js';
import { RequestTrace } from './request-trace.js';
import { FAULT_WORDS, transportFault } from './transport-fault.js';

/** The HTTP client of one account and the end of it. */
export interface GatewayHttp {
  readonly http: HttpService;
  /** Closes every connection; what is still under way then fails. */
  close(): void;
}

/** What can be given to one call. */
export interface GatewayCallOptions {
  /** Ends the call early. The total time-out of the configuration holds beside it. */
  readonly signal?: AbortSignal | undefined;
}

/** Shorter than the idle time of common servers (5 s and more): a stale connection makes a good send uncertain. */
const IDLE_SOCKET_MS = 4_000;

/** Makes the HTTP client with connections of its own, at most `maxSockets`. Close it when the account ends. */
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

/** One POST to the gateway, and what is known of it when it fails. */
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
   * Sends one document to `/api/{call}` and returns the body of a 2xx answer. Follows no redirect, repeats nothing.
   *
   * @throws SmsProTransportError for everything else; its `outcome` says whether the gateway can have processed it.
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
        : this.#failure(call, trace, stopped ?? transportFault(error));
    } finally {
      clearTimeout(totalTimer);
      clearTimeout(connectTimer);
      signal?.removeEventListener('abort', onSignal);
    }
  }

  /** The observable is cold: each subscription would be another POST, so there is exactly one. */
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
      throw this.#httpError(call, status);
    }
    const contentType: unknown = headers['content-type'];
    return {
      bytes: Buffer.isBuffer(data) ? data : Buffer.alloc(0),
      contentType: typeof contentType === 'string' ? contentType : undefined,
    };
  }

  /** A redirect or a 4xx was not processed, and its head is enough to know it. 408 and 5xx may have been. */
  #httpError(call: SmsProGatewayCall, status: number): SmsProTransportError {
    const outcome = isRefusal(status) ? 'not-sent' : 'unknown';
    const message = `The gateway at ${this.#host} answered /api/${call} with HTTP ${status}`;
    return new SmsProTransportError(call, outcome, 'http-status', message, status);
  }

  /** Has nothing of the client's error in it: that one holds the body with the password. */
  #failure(call: SmsProGatewayCall, trace: RequestTrace, fault: TransportFault): SmsProTransportError {
    const { httpStatus, mayHaveLeft } = trace;
    if (httpStatus !== undefined && isRefusal(httpStatus)) {
      return this.#httpError(call, httpStatus);
    }
    const known = mayHaveLeft ? 'it may have been processed' : 'nothing was sent';
    const message = `The gateway at ${this.#host} gave no answer to /api/${call}: ${FAULT_WORDS[fault]}; ${known}`;
    return new SmsProTransportError(call, mayHaveLeft ? 'unknown' : 'not-sent', fault, message, httpStatus);
  }
}

function isRefusal(status: number): boolean {
  return status >= 300 && status <= 499 && status !== 408;
}

function isTimeout(reason: unknown): boolean {
  return typeof reason === 'object' && reason !== null && Reflect.get(reason, 'name') === 'TimeoutError';
}
