import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https, { type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';

/** Told of the way one request goes. */
export interface RequestTraceEvents {
  /** A connection is being made for it. Not called when it waits for a free one, or gets one that stands. */
  connecting(): void;
  /** It has a connection, and the handshake is over. */
  connected(): void;
}

/**
 * Watches one request on its way, as the HTTP client's `transport`.
 *
 * The client's own errors do not tell reliably whether a request left: one that is raised while the signal is aborted
 * carries no request at all, even when the gateway has answered. So the socket itself is watched: what never had a
 * finished connection cannot have been read by anybody, and all else may have been.
 */
export class RequestTrace {
  #mayHaveLeft = false;
  #httpStatus: number | undefined;

  constructor(private readonly events: RequestTraceEvents) {}

  /** Whether a single byte of the request can have reached the gateway. */
  get mayHaveLeft(): boolean {
    return this.#mayHaveLeft;
  }

  /** HTTP status of the answer, once its head was read; the body may still be lost. */
  get httpStatus(): number | undefined {
    return this.#httpStatus;
  }

  /** Called by the HTTP client in place of `http.request`. Follows no redirect. */
  request(options: RequestOptions, onResponse: (response: IncomingMessage) => void): ClientRequest {
    const { request } = options.protocol === 'https:' ? https : http;
    const sending = request(options, (response) => {
      this.#httpStatus = response.statusCode;
      onResponse(response);
    });
    // Comes before the first byte is given to the socket.
    sending.once('socket', (socket) => this.#watch(socket));
    return sending;
  }

  #watch(socket: Socket): void {
    if (socket.destroyed) {
      // Failed before the request was given to it: an unknown name, no way to the network.
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
