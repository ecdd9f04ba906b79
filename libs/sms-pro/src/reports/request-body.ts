import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
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

const UNKNOWN_ENCODING = 'The Content-Encoding of the push is not known: send it plain or with gzip.';

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

/** What unpacks a body; `null` where it is not packed. */
const UNPACKERS: Readonly<Record<string, () => Transform | null>> = {
  '': () => null,
  identity: () => null,
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
};

const tooLarge = ({ maxBytes }: BodyLimits) => new ReportBodyError(413, `The push has more than ${maxBytes} bytes.`);
const brokeOff = () => new ReportBodyError(400, 'The push broke off.');

/**
 * Reads the stream up to the limit. What is refused is read to its end all the same, and thrown away: a client that
 * still writes would see a broken connection, and not the answer. The time limit ends that, too.
 */
async function readStream(message: IncomingMessage, headers: IncomingHttpHeaders, limits: BodyLimits) {
  const encoding = (headers['content-encoding'] ?? '').trim().toLowerCase();
  const unpack = Object.hasOwn(UNPACKERS, encoding) ? UNPACKERS[encoding] : undefined;
  const unpacker = unpack?.() ?? null;
  return new Promise<Uint8Array>((resolve, reject) => {
    const chunks: Buffer[] = [];
    let packedBytes = 0;
    let bytes = 0;
    let refusal: ReportBodyError | null = null;
    const answer = () => {
      clearTimeout(timer);
      if (refusal === null) resolve(Buffer.concat(chunks));
      else reject(refusal);
    };
    const refuse = (error: ReportBodyError) => {
      if (refusal !== null) return;
      refusal = error;
      chunks.length = 0;
      message.unpipe();
      unpacker?.destroy();
      message.resume();
      if (message.readableEnded) answer();
    };
    const giveUp = (error: ReportBodyError) => {
      refuse(error);
      answer();
    };
    const keep = (chunk: Buffer) => {
      if (refusal !== null) return;
      bytes += chunk.length;
      if (bytes > limits.maxBytes) refuse(tooLarge(limits));
      else chunks.push(chunk);
    };
    const timer = setTimeout(
      () => giveUp(new ReportBodyError(408, 'The push did not arrive in time.')),
      limits.timeoutMs,
    );

    message.on('data', (chunk: Buffer) => {
      packedBytes += chunk.length;
      if (packedBytes > limits.maxBytes) refuse(tooLarge(limits));
      else if (unpacker === null) keep(chunk);
    });
    message.once('end', () => {
      if (unpacker === null || refusal !== null) answer();
    });
    message.on('error', () => giveUp(brokeOff()));
    // A request that the host itself takes down makes no error.
    message.once('close', () => {
      if (!message.complete) giveUp(brokeOff());
    });
    unpacker?.on('data', keep);
    unpacker?.once('end', answer);
    unpacker?.on('error', () => refuse(new ReportBodyError(400, 'The push could not be unpacked.')));

    if (unpack === undefined) refuse(new ReportBodyError(400, UNKNOWN_ENCODING));
    else if (Number(headers['content-length'] ?? 0) > limits.maxBytes) refuse(tooLarge(limits));
    else if (unpacker !== null) message.pipe(unpacker);
  });
}

/** What a host's own parser left of a body that it has read. A string is decoded already, whatever the document says. */
function leftByHost(holders: readonly unknown[], contentType: string | undefined, limits: BodyLimits): RequestBody {
  const left = holders
    .filter(isRecord)
    .flatMap((holder) => [holder['rawBody'], holder['body']])
    .find((one) => one instanceof Uint8Array || typeof one === 'string');
  if (left === undefined) throw new ReportBodyError(415, CONSUMED);
  const body =
    typeof left === 'string'
      ? { bytes: Buffer.from(left, 'utf8'), contentType: 'text/xml; charset=utf-8' }
      : { bytes: left as Uint8Array, contentType };
  if (body.bytes.length > limits.maxBytes) throw tooLarge(limits);
  return body;
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
  // Middleware of Express on a Fastify host leaves it on the raw request.
  if (message.readableDidRead || message.readableEnded) return leftByHost([request, message], contentType, limits);
  if (message.destroyed) throw brokeOff();
  return { bytes: await readStream(message, headers, limits), contentType };
}
