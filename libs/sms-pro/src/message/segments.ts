/** How a text is encoded and split into segments. An estimate: the gateway bills by `smscnt` of its answer. */
export interface Segmentation {
  /** `gsm7`: 160 septets in one segment, 153 in each of several. `ucs2`: 70 UTF-16 units, 67 in each of several. */
  readonly encoding: 'gsm7' | 'ucs2';
  /** The number of segments. */
  readonly segments: number;
  /** Septets (an extension character counts 2) or UTF-16 units. */
  readonly units: number;
  /** The different characters that force `ucs2`, in order of appearance, 20 at most. Empty for `gsm7`. */
  readonly forcing: string[];
}

/** The basic table of GSM 03.38, without the escape character, and its extension table. */
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENSION = '\f^{}\\[~]|€';

/** Septets of each UTF-16 unit up to `€`, the highest one in the tables; 0: not in GSM 03.38. */
const SEPTETS = new Uint8Array('€'.charCodeAt(0) + 1);
for (const character of BASIC) {
  SEPTETS[character.charCodeAt(0)] = 1;
}
for (const character of EXTENSION) {
  SEPTETS[character.charCodeAt(0)] = 2;
}

const GSM7 = { single: 160, part: 153 };
const UCS2 = { single: 70, part: 67 };
const MAX_FORCING = 20;

/**
 * Counts the segments of a text by GSM 03.38: 160 septets or 70 UTF-16 units in a single one, 153 or 67 in each of several.
 * An extension character (`^ { } [ ] ~ | \ €`) or a surrogate pair is never split. Source: the partner API, section 1, field
 * `text`.
 */
export function countSegments(text: string): Segmentation {
  const forcing = charactersOutsideGsm7(text);
  if (forcing.length > 0) {
    return { encoding: 'ucs2', segments: split(text, UCS2, unitsOfUcs2), units: text.length, forcing };
  }
  let units = 0;
  for (let index = 0; index < text.length; index += 1) {
    units += septets(text.charCodeAt(index));
  }
  return { encoding: 'gsm7', segments: split(text, GSM7, septets, units), units, forcing };
}

function septets(code: number): number {
  return SEPTETS[code] ?? 0;
}

function unitsOfUcs2(codePoint: number): number {
  return codePoint > 0xffff ? 2 : 1;
}

function charactersOutsideGsm7(text: string): string[] {
  const found = new Set<string>();
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (septets(code) === 0) {
      found.add(character);
      if (found.size === MAX_FORCING) {
        break;
      }
    }
  }
  return [...found];
}

/** Fills segments from the left; a character that does not fit starts the next one. */
function split(
  text: string,
  limits: { single: number; part: number },
  sizeOf: (codePoint: number) => number,
  units: number = text.length,
): number {
  if (units <= limits.single) {
    return 1;
  }
  let segments = 1;
  let used = 0;
  for (const character of text) {
    const size = sizeOf(character.codePointAt(0) ?? 0);
    if (used + size > limits.part) {
      segments += 1;
      used = 0;
    }
    used += size;
  }
  return segments;
}
