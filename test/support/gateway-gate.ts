import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/**
 * Stands before the gateway, and holds its answers to sends back for as long as the test wants: what is in flight then
 * stays in flight, however slow the machine is.
 */
export class GatewayGate {
  private readonly sends = new Set<object>();
  private mostSends = 0;
  private opened: Promise<void> = Promise.resolve();
  private letGo = () => {};

  private constructor(
    private readonly server: Server,
    private readonly gatewayUrl: string,
  ) {
    server.on('request', (request, response) => {
      this.pass(request, response).catch(() => response.destroy());
    });
  }

  static async before(gatewayUrl: string): Promise<GatewayGate> {
    const server = createServer();
    const gate = new GatewayGate(server, gatewayUrl);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return gate;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Sends that are not answered yet. */
  get inFlight(): number {
    return this.sends.size;
  }

  /** The highest number of sends that were in flight at one time. */
  get mostInFlight(): number {
    return this.mostSends;
  }

  /** From now on no send is answered. */
  close(): void {
    this.opened = new Promise((resolve) => {
      this.letGo = resolve;
    });
  }

  /** Gives the answers that were held back, and holds none back any more. */
  open(): void {
    this.letGo();
  }

  async stop(): Promise<void> {
    this.open();
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.startsWith('/api/message') !== true) return this.answer(request, response);
    const send = {};
    this.sends.add(send);
    this.mostSends = Math.max(this.mostSends, this.sends.size);
    // Also when the client gives up.
    response.once('close', () => this.sends.delete(send));
    await this.answer(request, response, () => {
      this.sends.delete(send);
    });
  }

  /** Calls `isOver` right before the answer: a client that has it may send again at once. */
  private async answer(request: IncomingMessage, response: ServerResponse, isOver?: () => void): Promise<void> {
    const { status, headers, body } = await this.ask(request);
    if (isOver !== undefined) await this.opened;
    isOver?.();
    response.writeHead(status, headers);
    response.end(body);
  }

  private async ask(request: IncomingMessage) {
    const { url = '', method, headers } = request;
    const asked = httpRequest(`${this.gatewayUrl}${url}`, { method, headers });
    asked.end(await buffer(request));
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return { status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) };
  }
}
