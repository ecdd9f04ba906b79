/** Every {@link Priority}, in the order in which they are sent. */
export const PRIORITIES = ['high', 'normal', 'low'] as const;

/** How urgent a message is: `high` for a one-time code, `normal` for an order notice, `low` for a campaign. */
export type Priority = (typeof PRIORITIES)[number];

/** The number that a priority is stored as: the smaller one is sent first. */
export function priorityRank(priority: Priority): number {
  return PRIORITIES.indexOf(priority);
}
