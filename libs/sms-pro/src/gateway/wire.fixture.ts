import type { GatewayBody } from './gateway-answer.js';

/** An answer's body as the transport gives it. */
export function bodyOf(xml: string | Uint8Array, contentType?: string): GatewayBody {
  return { bytes: typeof xml === 'string' ? Buffer.from(xml, 'utf8') : xml, contentType };
}

/** An answer of the gateway with these children. */
export function response(children: string): GatewayBody {
  return bodyOf(`<?xml version="1.0" encoding="UTF-8"?>\n<response>${children}</response>`);
}

/** What a call throws, or `undefined`. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** What a promise is rejected with, or `undefined`. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Texts with all that tends to break on the wire. */
export const HARD_TEXTS: readonly string[] = [
  'Салам! Ваш код 1234',
  'Өкмөт ңүү Ёлка Ң Ү Ө',
  '😀👩‍👩‍👧 𝒳',
  `& < > " ' ]]> <![CDATA[x]]> &amp; &#1041; <!-- x --> <?x?>`,
  'two\nlines\tand a tab',
  '  spaces at both ends stay inside  ',
];
