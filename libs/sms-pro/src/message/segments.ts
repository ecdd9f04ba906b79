/** How a text is carried and into how many SMS it splits. Our estimate: what is billed is the answer's `smscnt`. */
export interface Segmentation {
  /** `gsm7`: 160 septets, 153 once split. `ucs2`: 70 UTF-16 units, 67 once split. */
  readonly encoding: 'gsm7' | 'ucs2';
  /** Number of SMS. */
  readonly segments: number;
  /** Septets (an extension character counts 2) or UTF-16 units. */
  readonly units: number;
  /** The distinct characters that force `ucs2`, in order of appearance, at most 20. Empty for `gsm7`. */
  readonly forcing: string[];
}

/** The basic table of GSM 03.38 without the escape itself, and its extension table. */
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
  '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const EXTENSION = '\f^{}\\[~]|€';

/** Septets of each UTF-16 unit up to the euro sign, the last in the tables; 0 means not in GSM 03.38. */
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
 * Counts the SMS a text splits into, after GSM 03.38: 160 septets or 70 UTF-16 units in one, 153 or 67 in each part of
 * several. An extension character (`^ { } [ ] ~ | \ €`) and a surrogate pair are never cut in two.
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

/** Fills parts from the left; a character that no longer fits whole opens the next one. */
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
