import { TextDecoder } from 'node:util';
import { XmlError } from './xml.errors.js';

/** How much is searched for the XML declaration, which is ASCII in all common encodings except UTF-16. */
const DECLARATION_BYTES = 256;

function labelByMark(bytes: Uint8Array): string | undefined {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) {
    return 'utf-8';
  }
  if (first === 0xff && second === 0xfe) {
    return 'utf-16le';
  }
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

function labelByContentType(contentType: string | undefined): string | undefined {
  return /;\s*charset\s*=\s*"?([^\s";,]+)/i.exec(contentType ?? '')?.[1];
}

function labelByDeclaration(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  // UTF-16 must be recognised before its declaration can be read: by `<` and a zero byte (XML 1.0, appendix F).
  if (first === 0x3c && second === 0x00) {
    return 'utf-16le';
  }
  if (first === 0x00 && second === 0x3c) {
    return 'utf-16be';
  }
  const start = String.fromCharCode(...bytes.subarray(0, DECLARATION_BYTES));
  return /^<\?xml\s[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/.exec(start)?.[1];
}

/**
 * Decodes a document by its byte order mark, else the charset of its Content-Type, else its declaration, else as UTF-8.
 * A byte that the encoding does not allow makes the document malformed: a replacement character would be taken for text.
 *
 * @throws XmlError `malformed`
 */
export function decodeXmlBytes(bytes: Uint8Array, contentType: string | undefined): string {
  const label = labelByMark(bytes) ?? labelByContentType(contentType) ?? labelByDeclaration(bytes) ?? 'utf-8';
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(label, { fatal: true });
  } catch {
    throw new XmlError('malformed', 'its encoding is not known');
  }
  try {
    return decoder.decode(bytes);
  } catch {
    throw new XmlError('malformed', `it has bytes that are not ${decoder.encoding}`);
  }
}
