import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { GatewayCall } from '../wire/answers.js';
import { sendPage } from './answer-sender.js';

const CALLS: ReadonlyMap<string, GatewayCall> = new Map([
  ['/api/message', 'message'],
  ['/api/dr', 'dr'],
  ['/api/def', 'def'],
  ['/api/info', 'info'],
]);

const CONTROL_PREFIX = '/_control';

/** Where requests go. */
export interface GatewayRoutes {
  call(call: GatewayCall, request: IncomingMessage, response: ServerResponse): void;
  /** `path` is the part after `/_control`. */
  control(path: string, query: URLSearchParams, request: IncomingMessage, response: ServerResponse): void;
}

/** The HTTP server: one port for the gateway's calls and for the control API. */
export class GatewayServer {
  private server: Server | undefined;

  constructor(private readonly routes: GatewayRoutes) {}

  /** @returns the port it listens on */
  listen(host: string, port: number): Promise<number> {
    const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => this.route(request, response));
    this.server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => {
        server.off('error', reject);
        resolve(portOf(server.address(), port));
      });
    });
  }

  /** Stops listening and closes every connection: from now on clients are refused. */
  close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    return new Promise((resolve) => {
      if (server === undefined) {
        resolve();
        return;
      }
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  private route(request: IncomingMessage, response: ServerResponse): void {
    const { path, query } = readTarget(request.url ?? '/');
    if (path === CONTROL_PREFIX || path.startsWith(`${CONTROL_PREFIX}/`)) {
      this.routes.control(path.slice(CONTROL_PREFIX.length), query, request, response);
      return;
    }
    const call = CALLS.get(path);
    if (call === undefined) {
      request.resume();
      sendPage(response, 404, 'Not found');
    } else if (request.method !== 'POST') {
      request.resume();
      response.setHeader('allow', 'POST');
      sendPage(response, 405, 'Only POST');
    } else {
      this.routes.call(call, request, response);
    }
  }
}

/** The path of a request target, in origin form or absolute form, without query and trailing slashes. */
function readTarget(target: string): { path: string; query: URLSearchParams } {
  const afterHost = /^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i.exec(target)?.[0].length ?? 0;
  const [path = '', query = ''] = target.slice(afterHost).split('?', 2);
  return { path: path.replace(/\/+$/, ''), query: new URLSearchParams(query) };
}

function portOf(address: AddressInfo | string | null, asked: number): number {
  return typeof address === 'object' && address !== null ? address.port : asked;
}
