import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { xmlForbidden } from '../message/text.js';
import { decodeXmlBytes } from './xml-decode.js';
import { strictEntityDecoder } from './xml-entities.js';
import { XmlError } from './xml.errors.js';

export { XmlError } from './xml.errors.js';

/** A parsed element. Read its content with {@link leaf} and {@link children}. */
export type XmlElement = Readonly<Record<string, unknown>>;

/** What {@link readXml} expects of a document. */
export interface ReadXmlOptions {
  /** Local name of the root element; any namespace and prefix are accepted. */
  readonly root: string;
  /** Content-Type that came with the document. */
  readonly contentType?: string | undefined;
  /** Size of the document in bytes, at most. */
  readonly maxBytes: number;
}

/** Nested elements, at most. The gateway's documents have four levels. */
const MAX_DEPTH = 8;

const parser = new XMLParser({
  // A function drops attributes after their entities were decoded; with `true` an unknown entity would go unnoticed.
  ignoreAttributes: () => true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  removeNSPrefix: true,
  // By default `007` becomes 7 and `12E5` becomes 1200000: ids and phones are strings.
  parseTagValue: false,
  jPath: false,
  maxNestedTags: MAX_DEPTH,
  // Not `phones`: in the answer of /api/message that is a number.
  isArray: (name) => name === 'dr' || name === 'phone',
  entityDecoder: strictEntityDecoder,
});

/**
 * Reads a document strictly: checks size, encoding, characters and well-formedness, and expects one root element of the
 * given name. Any DOCTYPE and any unknown entity is refused.
 *
 * @throws XmlError and nothing else
 */
export function readXml(bytes: Uint8Array, options: ReadXmlOptions): XmlElement {
  if (bytes.byteLength > options.maxBytes) {
    throw new XmlError('too-large', `it is longer than ${options.maxBytes} bytes`);
  }
  const text = decodeXmlBytes(bytes, options.contentType);
  refuseUnsafe(text);
  return rootOf(parse(text), options.root);
}

/** The trimmed text of the only child element of that name; `null` if it is missing, repeated or not a text. */
export function leaf(element: XmlElement, name: string): string | null {
  const value = Object.hasOwn(element, name) ? element[name] : undefined;
  const only = Array.isArray(value) && value.length === 1 ? value[0] : value;
  return typeof only === 'string' ? only.trim() : null;
}

/** The child elements of that name. A child with only text in it is returned as an empty element. */
export function children(element: XmlElement, name: string): readonly XmlElement[] {
  const value = Object.hasOwn(element, name) ? element[name] : undefined;
  if (value === undefined) {
    return [];
  }
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item) => (isElement(item) ? item : {}));
}

function isElement(value: unknown): value is XmlElement {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuseUnsafe(text: string): void {
  if (xmlForbidden.test(text)) {
    throw new XmlError('malformed', 'it has a character that XML forbids');
  }
  // Most security faults of XML parsers are in their DOCTYPE code, so no DOCTYPE reaches the parser.
  if (/<!(?!--|\[CDATA\[)/.test(text)) {
    throw new XmlError('malformed', 'it has a DOCTYPE, which is not allowed');
  }
  let verdict: ReturnType<typeof XMLValidator.validate>;
  try {
    verdict = XMLValidator.validate(text);
  } catch {
    throw new XmlError('malformed', 'it is not well-formed XML');
  }
  if (verdict !== true) {
    throw new XmlError('malformed', `it is not well-formed XML (line ${verdict.err.line})`);
  }
}

function parse(text: string): unknown {
  try {
    return parser.parse(text);
  } catch {
    // The parser's own message may quote the document.
    throw new XmlError('malformed', 'it has an unknown entity, is too deep or is not well-formed XML');
  }
}

function rootOf(document: unknown, expected: string): XmlElement {
  const names = isElement(document) ? Object.keys(document) : [];
  if (!isElement(document) || names.length !== 1) {
    throw new XmlError('malformed', 'it does not have exactly one root element');
  }
  if (names[0] !== expected) {
    throw new XmlError('malformed', `its root element is not <${expected}>`);
  }
  const [root, second] = children(document, expected);
  if (root === undefined || second !== undefined) {
    throw new XmlError('malformed', 'it does not have exactly one root element');
  }
  return root;
}
