import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';

/** What came back for a push. */
export interface PushAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** What a push may be besides a POST of a body. */
export interface PushOptions {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Address of the loopback network to come from. */
  readonly localAddress?: string;
}

/** Pushes a body with the given headers and no others: fetch would add a Content-Type of its own. */
export async function push(url: string, body: string | Uint8Array, options: PushOptions = {}): Promise<PushAnswer> {
  const { method = 'POST', headers = {}, localAddress } = options;
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, ...(localAddress ? { localAddress } : {}) }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}
