import { xmlForbidden } from '../message/text.js';

/** The five named references of XML, without their `&`. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['amp;', '&'],
  ['lt;', '<'],
  ['gt;', '>'],
  ['quot;', '"'],
  ['apos;', "'"],
]);

const NUMERIC = /^#(?:x0*([0-9a-fA-F]{1,6})|0*(\d{1,7}));$/;
const LAST_CODE_POINT = 0x10ffff;

function resolve(_reference: string, name: string): string {
  const named = NAMED.get(name);
  if (named !== undefined) {
    return named;
  }
  const [, hex, decimal] = NUMERIC.exec(name) ?? [];
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  if (!(code <= LAST_CODE_POINT)) {
    throw new Error('unknown entity');
  }
  const character = String.fromCodePoint(code);
  if (xmlForbidden.test(character)) {
    throw new Error('a reference to a forbidden character');
  }
  return character;
}

/**
 * Decodes the five named references of XML and legal numeric references, and refuses all others. The parser's own decoder
 * leaves numeric references undecoded and obeys a DOCTYPE.
 */
export const strictEntityDecoder = {
  decode: (text: string): string => (text.includes('&') ? text.replace(/&([^;]*;?)/g, resolve) : text),
  /** The parser calls it for any DOCTYPE. */
  addInputEntities: (): never => {
    throw new Error('a DOCTYPE');
  },
  setExternalEntities: (): void => undefined,
  setXmlVersion: (): void => undefined,
  reset: (): void => undefined,
};
