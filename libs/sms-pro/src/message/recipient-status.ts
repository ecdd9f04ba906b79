/** Where one phone of one message stands. The last six are final. */
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

/** Where one phone of one message stands. */
export type RecipientStatus = (typeof RECIPIENT_STATUSES)[number];

/** How many recipients of a message stand at each status. */
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

/** Whether a recipient at this status has reached its end. */
export function isFinal(status: RecipientStatus): boolean {
  return RANK[status] === FINAL_RANK;
}

/**
 * Whether `next` may take the place of `current`. Status never goes back and a final one never
 * changes, but for `unknown`, which a late `delivered` or `undelivered` settles.
 */
export function mayFollow(current: RecipientStatus, next: RecipientStatus): boolean {
  if (current === 'unknown') return next === 'delivered' || next === 'undelivered';
  return RANK[next] > RANK[current];
}

/** Counts with nothing in them. */
export function noCounts(): StatusCounts {
  return {
    queued: 0,
    accepted: 0,
    sent: 0,
    delivered: 0,
    undelivered: 0,
    rejected: 0,
    unknown: 0,
    expired: 0,
    canceled: 0,
  };
}
