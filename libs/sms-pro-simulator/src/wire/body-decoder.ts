import { TextDecoder } from 'node:util';

const DECLARED = /^<\?xml[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']/;
const CHARSET = /;\s*charset\s*=\s*"?([A-Za-z0-9._-]+)/i;
const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The text of a request's body. A byte order mark decides, then the XML declaration, then the charset of the
 * Content-Type (whose media type the gateway ignores), then UTF-8.
 * @returns null when the bytes are not valid text in that encoding
 */
export function decodeBody(bytes: Buffer, contentType: string | undefined): string | null {
  try {
    return decoderFor(bytes, contentType).decode(bytes);
  } catch {
    return null;
  }
}

function decoderFor(bytes: Buffer, contentType: string | undefined): TextDecoder {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le', { fatal: true });
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be', { fatal: true });
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return UTF_8;
  const head = bytes.toString('latin1', 0, 200);
  const label = DECLARED.exec(head)?.[1] ?? CHARSET.exec(contentType ?? '')?.[1];
  return label === undefined || /^utf-?8$/i.test(label) ? UTF_8 : new TextDecoder(label, { fatal: true });
}
