export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The longest timer of Node, in ms: a longer one fires at once. */
export const MAX_TIMER_MS = 2_147_483_647;
