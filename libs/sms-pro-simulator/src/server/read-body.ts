import type { IncomingMessage } from 'node:http';

/** The longest body that is read, in bytes. A packet of 50 phones takes about two thousand. */
const MAX_BODY_BYTES = 1_048_576;

/** Reads a body and hands it over, or null when it is too long. Nothing is handed over for a body that was cut. */
export function readBody(request: IncomingMessage, done: (body: Buffer | null) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  let tooLong = false;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    tooLong ||= length > MAX_BODY_BYTES;
    if (tooLong) chunks.length = 0;
    else chunks.push(chunk);
  });
  request.on('end', () => {
    const [first] = chunks;
    if (tooLong) done(null);
    else done(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks));
  });
}
