/** A request to the gateway's process. */
export type GatewayAsk =
  | { readonly what: 'answered' }
  | { readonly what: 'until-answered'; readonly amount: number }
  | { readonly what: 'latency'; readonly ms: number }
  | { readonly what: 'push-to'; readonly url: string }
  | { readonly what: 'stats' };

/** The request with an id; the answer has the same id. */
export interface GatewayRequest {
  readonly id: number;
  readonly ask: GatewayAsk;
}

/** A message from the gateway's process. Instants are `process.hrtime.bigint()` as text. */
export type GatewayAnswer =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'seen'; readonly mark: string; readonly at: string }
  | { readonly kind: 'done'; readonly id: number; readonly value: unknown };

/** The gateway's process reports when a text that starts with this arrives. A number follows. */
export const CODE_MARK = 'otc-';
const NUMBER_LENGTH = 8;
/** Length of the mark with its number. */
export const CODE_MARK_LENGTH = CODE_MARK.length + NUMBER_LENGTH;

/** A mark with its number: the whole text of a one-time code. */
export function codeMark(serial: number): string {
  return `${CODE_MARK}${String(serial).padStart(NUMBER_LENGTH, '0')}`;
}
