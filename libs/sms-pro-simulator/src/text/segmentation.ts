import type { Dials } from '../dials/dials.js';
import { GSM_BASIC, GSM_EXTENSION } from './gsm-alphabet.js';

/** The dials that decide how a text is counted. */
export type TextCounting = Pick<Dials, 'latinAlphabet' | 'extensionCharacters' | 'emojiUnits' | 'textLimitUnit'>;

/** Characters in a single SMS, and in each part of a long message: the header that joins the parts takes the rest. */
const LATIN = { alone: 160, part: 153 };
const UNICODE = { alone: 70, part: 67 };

/** The gateway accepts no longer text. */
export const MAX_TEXT_LENGTH = 800;

/** The length that is compared with the limit of 800. */
export function textLength(text: string, unit: TextCounting['textLimitUnit']): number {
  return unit === 'utf16' ? text.length : [...text].length;
}

/** The number of SMS a text is sent as. */
export function countSegments(text: string, counting: TextCounting): number {
  const latin = isLatin(text, counting);
  const { alone, part } = latin ? LATIN : UNICODE;
  const costs: number[] = [];
  let total = 0;
  for (const character of text) {
    const cost = latin ? latinCost(character, counting) : Math.min(character.length, counting.emojiUnits);
    costs.push(cost);
    total += cost;
  }
  if (total <= alone) return 1;
  let parts = 1;
  let room = part;
  for (const cost of costs) {
    // A character of two units is never split between two parts.
    if (cost > room) {
      parts += 1;
      room = part;
    }
    room -= cost;
  }
  return parts;
}

function isLatin(text: string, counting: TextCounting): boolean {
  // Printable ASCII without the extension characters and the backquote needs no look-up: the common case.
  if (/^[ -Z_a-z\n]*$/.test(text)) return true;
  for (const character of text) {
    const extension = GSM_EXTENSION.has(character) && counting.extensionCharacters !== 'unicode';
    if (!extension && !GSM_BASIC.has(character)) return false;
    if (counting.latinAlphabet === 'ascii' && character > '\u007f') return false;
  }
  return true;
}

function latinCost(character: string, counting: TextCounting): number {
  return counting.extensionCharacters === 'two' && GSM_EXTENSION.has(character) ? 2 : 1;
}
