/** What the gateway's process is asked. */
export type GatewayAsk =
  | { readonly what: 'answered' }
  | { readonly what: 'until-answered'; readonly amount: number }
  | { readonly what: 'latency'; readonly ms: number }
  | { readonly what: 'push-to'; readonly url: string }
  | { readonly what: 'stats' };

/** A question with the number that its answer carries. */
export interface GatewayQuestion {
  readonly id: number;
  readonly ask: GatewayAsk;
}

/** What the gateway's process says. Instants are `process.hrtime.bigint()` as text. */
export type GatewayAnswer =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'seen'; readonly mark: string; readonly at: string }
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown };

/** How a text begins whose arrival is told, and how long the mark is with its number. */
export const CODE_MARK = 'otc-';
const NUMBER_LENGTH = 8;
export const CODE_MARK_LENGTH = CODE_MARK.length + NUMBER_LENGTH;

/** The mark of one text. */
export function codeMark(serial: number): string {
  return `${CODE_MARK}${String(serial).padStart(NUMBER_LENGTH, '0')}`;
}
