/** Priorities in the order in which they are sent. */
export const PRIORITIES = ['high', 'normal', 'low'] as const;

/** A one-time code is `high`, an order notice `normal`, a campaign `low`. */
export type Priority = (typeof PRIORITIES)[number];

/** The number a priority is stored as: the smaller goes first. */
export function priorityRank(priority: Priority): number {
  return PRIORITIES.indexOf(priority);
}
