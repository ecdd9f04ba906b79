import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** A push that cannot be read, with the HTTP status that says why. */
export class ReportBodyError extends Error {
  constructor(
    readonly httpStatus: 400 | 408 | 413 | 415,
    message: string,
  ) {
    super(message);
    this.name = 'ReportBodyError';
  }
}

/** The bytes of a push, and the Content-Type it came with. */
export interface RequestBody {
  readonly bytes: Uint8Array;
  readonly contentType: string | undefined;
}

/** Limits of reading. */
export interface BodyLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

const CONSUMED =
  'The application has read the body of this request and left nothing of it: exclude the report route from its body parser, or set rawBody: true.';

const BODY_HEADERS = ['content-type', 'content-length', 'transfer-encoding', 'content-encoding'] as const;

const claimed = new WeakMap<IncomingMessage, IncomingHttpHeaders>();

/**
 * Makes every body parser of the host see a request without a body, and remembers what it was: the report route
 * reads it late, after the guards.
 */
export function claimBody(request: IncomingMessage): void {
  if (claimed.has(request)) return;
  claimed.set(request, { ...request.headers });
  for (const name of BODY_HEADERS) delete request.headers[name];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isIncomingMessage(value: unknown): value is IncomingMessage {
  return isRecord(value) && isRecord(value['headers']) && typeof value['on'] === 'function';
}

function inflater(encoding: string) {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      throw new ReportBodyError(415, 'The Content-Encoding of the push is not known: send it plain or with gzip.');
  }
}

/** Reads the stream up to the limit; what is longer, slower or broken is refused. */
async function readStream(message: IncomingMessage, encoding: string, limits: BodyLimits): Promise<Uint8Array> {
  const source = encoding === '' || encoding === 'identity' ? message : pipeline(message, inflater(encoding), () => {});
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const end = (error: ReportBodyError | null) => {
      clearTimeout(timer);
      source.removeAllListeners('data');
      if (error === null) return resolve(Buffer.concat(chunks));
      message.unpipe();
      message.resume();
      reject(error);
    };
    const timer = setTimeout(() => end(new ReportBodyError(408, 'The push did not arrive in time.')), limits.timeoutMs);
    source.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limits.maxBytes)
        return end(new ReportBodyError(413, `The push has more than ${limits.maxBytes} bytes.`));
      chunks.push(chunk);
    });
    source.once('end', () => end(null));
    source.once('error', () => end(new ReportBodyError(400, 'The push broke off or could not be unpacked.')));
    message.once('aborted', () => end(new ReportBodyError(400, 'The push broke off.')));
  });
}

/** What a host's own parser left of a body that it has read. */
function leftByHost(request: Record<string, unknown>, maxBytes: number): Uint8Array {
  const left = [request['rawBody'], request['body']].find(
    (one) => one instanceof Uint8Array || typeof one === 'string',
  );
  if (left === undefined) throw new ReportBodyError(415, CONSUMED);
  const bytes = typeof left === 'string' ? Buffer.from(left, 'utf8') : (left as Uint8Array);
  if (bytes.length > maxBytes) throw new ReportBodyError(413, `The push has more than ${maxBytes} bytes.`);
  return bytes;
}

/**
 * Reads the body of a push on Express and on Fastify, whatever the host's body parsers did.
 * @throws ReportBodyError with the HTTP status that says why it cannot be read
 */
export async function readRequestBody(request: unknown, limits: BodyLimits): Promise<RequestBody> {
  if (!isRecord(request)) throw new ReportBodyError(415, CONSUMED);
  const message = isIncomingMessage(request['raw']) ? request['raw'] : request;
  if (!isIncomingMessage(message)) throw new ReportBodyError(415, CONSUMED);
  const headers = claimed.get(message) ?? message.headers;
  const contentType = headers['content-type'];
  if (message.readableDidRead || message.readableEnded || message.destroyed) {
    return { bytes: leftByHost(request, limits.maxBytes), contentType };
  }
  const declared = Number(headers['content-length'] ?? 0);
  if (declared > limits.maxBytes) throw new ReportBodyError(413, `The push has more than ${limits.maxBytes} bytes.`);
  const encoding = (headers['content-encoding'] ?? '').trim().toLowerCase();
  return { bytes: await readStream(message, encoding, limits), contentType };
}
