import type { IncomingMessage } from 'node:http';

/** A packet of 50 phones takes about two thousand bytes. */
const MAX_BODY_BYTES = 1_048_576;

/** Reads a body and passes it to `done`, or null when it is too long. `done` is not called for a body that is cut. */
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
