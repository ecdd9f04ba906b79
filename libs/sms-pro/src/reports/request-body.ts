import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { readBodyStream, type BodyLimits } from './body-stream.js';
import { ReportBodyError } from './report-body.error.js';

export { ReportBodyError } from './report-body.error.js';

/** The body of a push and the Content-Type of its request. */
export interface RequestBody {
  readonly bytes: Uint8Array;
  readonly contentType: string | undefined;
}

const CONSUMED =
  'The application has read the body of this request and did not keep it: exclude the report route from its body parser, or set rawBody: true.';

const BODY_HEADERS = ['content-type', 'content-length', 'transfer-encoding', 'content-encoding'] as const;

const claimed = new WeakMap<IncomingMessage, IncomingHttpHeaders>();

/**
 * Hides the body of a request from the application's body parsers: its body headers are removed and remembered. The report
 * route reads the body itself, later, after the guards.
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

/**
 * The body as the application's own parser kept it. A string is already decoded, so the encoding that the document declares
 * no longer applies.
 */
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
  if (body.bytes.length > limits.maxBytes) throw ReportBodyError.tooLarge(limits.maxBytes);
  return body;
}

/**
 * Reads the body of a push on Express and on Fastify, even if the application's body parsers have read it already.
 * @throws ReportBodyError with the HTTP status to answer
 */
export async function readRequestBody(request: unknown, limits: BodyLimits): Promise<RequestBody> {
  if (!isRecord(request)) throw new ReportBodyError(415, CONSUMED);
  const message = isIncomingMessage(request['raw']) ? request['raw'] : request;
  if (!isIncomingMessage(message)) throw new ReportBodyError(415, CONSUMED);
  const headers = claimed.get(message) ?? message.headers;
  const contentType = headers['content-type'];
  // On Fastify, Express middleware keeps the body on the raw request.
  if (message.readableDidRead || message.readableEnded) return leftByHost([request, message], contentType, limits);
  if (message.destroyed) throw ReportBodyError.incomplete();
  return { bytes: await readBodyStream(message, headers, limits), contentType };
}
