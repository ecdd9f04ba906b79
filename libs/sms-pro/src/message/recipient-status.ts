/** Every {@link RecipientStatus}. The last six are final. */
export const RECIPIENT_STATUSES = [
  'queued',
  'accepted',
  'sent',
  'delivered',
  'undelivered',
  'rejected',
  'unknown',
  'expired',
  'canceled',
] as const;

/**
 * The status of one phone of one message. `accepted`: the gateway accepted it; `sent`: handed to the operator; `unknown`: no
 * final report arrived in time; `expired`: its validity ended before it was sent.
 */
export type RecipientStatus = (typeof RECIPIENT_STATUSES)[number];

/** The number of recipients with each status. */
export type StatusCounts = Record<RecipientStatus, number>;

const RANK: Record<RecipientStatus, number> = {
  queued: 0,
  accepted: 1,
  sent: 2,
  delivered: 3,
  undelivered: 3,
  rejected: 3,
  unknown: 3,
  expired: 3,
  canceled: 3,
};

const FINAL_RANK = 3;

/** Whether a status is final. A final status never changes, except `unknown` after a late report. */
export function isFinal(status: RecipientStatus): boolean {
  return RANK[status] === FINAL_RANK;
}

/**
 * Whether a recipient may change from `current` to `next`. A status never goes back, and a final one never changes, except
 * `unknown`, which a late `delivered` or `undelivered` replaces.
 */
export function mayFollow(current: RecipientStatus, next: RecipientStatus): boolean {
  if (current === 'unknown') return next === 'delivered' || next === 'undelivered';
  return RANK[next] > RANK[current];
}

/** Counts that are all zero. */
export function noCounts(): StatusCounts {
  return Object.fromEntries(RECIPIENT_STATUSES.map((status) => [status, 0])) as StatusCounts;
}
