import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ReportBodyError } from './report-body.error.js';

/** Limits of reading one body. */
export interface BodyLimits {
  /** Size in bytes, packed and unpacked, at most. */
  readonly maxBytes: number;
  /** Time, in ms, in which the whole body must arrive. */
  readonly timeoutMs: number;
}

const UNKNOWN_ENCODING = 'The Content-Encoding of the push is not known: send it plain or with gzip.';

/** Makes the stream that unpacks a Content-Encoding; `null` if the body is not packed. */
const UNPACKERS: Readonly<Record<string, () => Transform | null>> = {
  '': () => null,
  identity: () => null,
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
};

/**
 * Reads and unpacks a body up to the limit. A refused body is still read to its end, but not kept: a client that is still
 * writing would see a broken connection in place of the answer. The time limit ends this reading, too.
 *
 * @param headers those that the request came with: `claimBody()` removes some of them
 * @throws ReportBodyError 400, 408 or 413
 */
export async function readBodyStream(
  message: IncomingMessage,
  headers: IncomingHttpHeaders,
  { maxBytes, timeoutMs }: BodyLimits,
): Promise<Uint8Array> {
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
      if (bytes > maxBytes) refuse(ReportBodyError.tooLarge(maxBytes));
      else chunks.push(chunk);
    };
    const timer = setTimeout(() => giveUp(new ReportBodyError(408, 'The push did not arrive in time.')), timeoutMs);

    message.on('data', (chunk: Buffer) => {
      packedBytes += chunk.length;
      if (packedBytes > maxBytes) refuse(ReportBodyError.tooLarge(maxBytes));
      else if (unpacker === null) keep(chunk);
    });
    message.once('end', () => {
      if (unpacker === null || refusal !== null) answer();
    });
    message.on('error', () => giveUp(ReportBodyError.incomplete()));
    // A request that the host itself destroys emits no 'error'.
    message.once('close', () => {
      if (!message.complete) giveUp(ReportBodyError.incomplete());
    });
    unpacker?.on('data', keep);
    unpacker?.once('end', answer);
    unpacker?.on('error', () => refuse(new ReportBodyError(400, 'The push could not be unpacked.')));

    if (unpack === undefined) refuse(new ReportBodyError(400, UNKNOWN_ENCODING));
    else if (Number(headers['content-length'] ?? 0) > maxBytes) refuse(ReportBodyError.tooLarge(maxBytes));
    else if (unpacker !== null) message.pipe(unpacker);
  });
}
