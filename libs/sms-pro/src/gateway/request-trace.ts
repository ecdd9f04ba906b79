import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https, { type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';

/** Called as one request proceeds. */
export interface RequestTraceEvents {
  /** A new connection is being made. Not called while the request waits for a free one or reuses an open one. */
  connecting(): void;
  /** The request has a connection, and the TLS handshake is complete. */
  connected(): void;
}

/**
 * Watches the socket of one request, as the HTTP client's `transport`, to find out whether the request can have been sent.
 *
 * The client's own errors do not show that reliably: an error after an abort has no request in it, even if the gateway has
 * answered. A request without a complete connection cannot have been read by anybody; every other one may have been.
 */
export class RequestTrace {
  #mayHaveLeft = false;
  #httpStatus: number | undefined;

  constructor(private readonly events: RequestTraceEvents) {}

  /** Whether any byte of the request may have reached the gateway. */
  get mayHaveLeft(): boolean {
    return this.#mayHaveLeft;
  }

  /** HTTP status of the answer, known as soon as its head was read; its body may still be lost. */
  get httpStatus(): number | undefined {
    return this.#httpStatus;
  }

  /** The HTTP client calls it in place of `http.request`. Follows no redirect. */
  request(options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest {
    const { request } = options.protocol === 'https:' ? https : http;
    const sending = request(options, (response) => {
      this.#httpStatus = response.statusCode;
      onResponse(response);
    });
    // 'socket' is emitted before the first byte is written to it.
    sending.once('socket', (socket) => this.#watch(socket));
    return sending;
  }

  #watch(socket: Socket): void {
    if (socket.destroyed) {
      // The connection failed before the request got the socket: an unknown host name, no network.
      return;
    }
    const shakingHands = Reflect.get(socket, 'secureConnecting') === true;
    if (!socket.connecting && !shakingHands) {
      this.#connected();
      return;
    }
    this.events.connecting();
    socket.once(shakingHands ? 'secureConnect' : 'connect', () => this.#connected());
  }

  #connected(): void {
    this.#mayHaveLeft = true;
    this.events.connected();
  }
}
