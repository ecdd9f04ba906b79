import { describe, expect, it } from '@jest/globals';
import { packPhones } from './packing.js';

const A = '996555000001';
const B = '996555000002';

/** Messages of one text each, and their phones. */
function packed(...messages: readonly (readonly [text: string, phones: readonly string[]])[]): string[][] {
  const packets = packPhones(
    messages.map(([text, phones]) => ({ text, phones })),
    ({ text }) => text,
  );
  return packets.map((packet) => packet.map(({ phone, message, position }) => `${message.text} ${phone} ${position}`));
}

function manyPhones(amount: number): string[] {
  return Array.from({ length: amount }, (_, at) => `99655${String(at).padStart(7, '0')}`);
}

describe('packets', () => {
  it('hold the phones of messages with the same text', () => {
    expect(packed(['hi', [A]], ['bye', [A]], ['hi', [B]])).toEqual([[`hi ${A} 0`, `hi ${B} 0`], [`bye ${A} 0`]]);
  });

  it('hold at most 50 phones, from however many messages', () => {
    const single = manyPhones(120).map((phone) => ['hi', [phone]] as const);
    expect(packed(...single).map((packet) => packet.length)).toEqual([50, 50, 20]);
    expect(packed(['hi', manyPhones(120)]).map((packet) => packet.length)).toEqual([50, 50, 20]);
  });

  it('never hold a phone twice: the second goes into another packet, which is filled as well', () => {
    expect(packed(['hi', [A]], ['hi', [A]], ['hi', [B]], ['hi', [B]])).toEqual([
      [`hi ${A} 0`, `hi ${B} 0`],
      [`hi ${A} 0`, `hi ${B} 0`],
    ]);
  });

  it('know the place of a phone in its message', () => {
    expect(packed(['hi', [A]], ['hi', [B, A]])).toEqual([[`hi ${A} 0`, `hi ${B} 0`], [`hi ${A} 1`]]);
  });
});
