import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A server on 127.0.0.1 and what it saw. */
export class Loopback {
  readonly sockets = new Set<Socket>();
  /** Bytes that came in on all connections. */
  bytesRead = 0;
  /** Connections made so far. */
  connections = 0;

  private constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.bytesRead += socket.bytesRead;
        this.sockets.delete(socket);
      });
    });
  }

  /** Answers each connection's first bytes by hand. */
  static async tcp(onData: (socket: Socket) => void): Promise<Loopback> {
    return Loopback.listen(createTcpServer((socket) => socket.once('data', () => onData(socket))));
  }

  /** Answers requests. */
  static async http(listener: RequestListener): Promise<Loopback> {
    return Loopback.listen(createServer(listener));
  }

  static async listen(server: Server): Promise<Loopback> {
    const loopback = new Loopback(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return loopback;
  }

  get port(): number {
    const address: AddressInfo | string | null = this.server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    if (this.server.listening) {
      this.server.close();
      this.dropConnections();
      await once(this.server, 'close');
    }
  }

  dropConnections(): void {
    for (const socket of this.sockets) {
      socket.destroy();
    }
  }
}

/** Reads a request whole, then answers it. */
export function answering(
  answer: (response: ServerResponse, body: Buffer, request: IncomingMessage) => void,
): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(response, Buffer.concat(chunks), request));
  };
}
