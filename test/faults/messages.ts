import type { SendSmsRequest } from 'nestjs-sms-pro';
import { Chance } from './chance.js';

/** The gateway refuses a text with this word: such a message must end as `rejected`. */
export const STOP_WORD = 'roulette';

/** One message of a run. It always has a key, so that a `send()` whose answer was lost can be repeated. */
export interface PlannedMessage {
  readonly key: string;
  readonly request: SendSmsRequest & { readonly to: readonly string[]; readonly idempotencyKey: string };
}

/** Phones of a message, by a random draw: codes, orders, groups, and messages that need several packets. */
const SIZES = [
  { upTo: 0.7, least: 1, most: 1 },
  { upTo: 0.85, least: 2, most: 10 },
  { upTo: 0.95, least: 11, most: 50 },
  { upTo: 1, least: 51, most: 120 },
] as const;

const REFUSED_SHARE = 0.03;
const FIRST_PHONE = 996_500_000_000;
const PHONE_BLOCKS = 90;
const PHONES_OF_A_BLOCK = 1_000_000;
const TEXTS = [
  (place: number) => `Your code is ${1_000 + (place % 9_000)}.`,
  (place: number) => `Ваш заказ ${place} готов, ждём вас.`,
  (place: number) => `Order ${place} has left our warehouse. ${'It will reach you by tomorrow evening. '.repeat(5)}`,
  (place: number) => `Заказ ${place} отправлен. ${'Курьер позвонит вам за час до встречи. '.repeat(4)}`,
];

function textOf(chance: Chance, place: number): string {
  if (chance.draw() < REFUSED_SHARE) return `Win at the ${STOP_WORD} tonight, offer ${place}.`;
  return (chance.oneOf(TEXTS) ?? String)(place).trim();
}

function priorityOf(chance: Chance): 'high' | 'normal' | 'low' {
  const draw = chance.draw();
  return draw < 0.3 ? 'high' : draw < 0.8 ? 'normal' : 'low';
}

/** The messages of one run: mixed sizes, texts and priorities; no phone is in two of them. */
export function planMessages(recipients: number, seed: number): PlannedMessage[] {
  const chance = new Chance(seed);
  const firstPhone = FIRST_PHONE + chance.between(0, PHONE_BLOCKS) * PHONES_OF_A_BLOCK;
  const planned: PlannedMessage[] = [];
  for (let used = 0; used < recipients;) {
    const draw = chance.draw();
    const size = SIZES.find(({ upTo }) => draw < upTo) ?? SIZES[0];
    const amount = Math.min(chance.between(size.least, size.most), recipients - used);
    const first = firstPhone + used;
    const to = Array.from({ length: amount }, (_none, place) => String(first + place));
    used += amount;
    const place = planned.length;
    const key = `faults-${seed}-${place}`;
    const text = textOf(chance, place);
    planned.push({ key, request: { to, text, priority: priorityOf(chance), idempotencyKey: key, reference: key } });
  }
  return planned;
}
