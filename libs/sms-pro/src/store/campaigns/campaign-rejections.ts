import type { SmsProIssue } from '../../errors/sms-pro.errors.js';
import type { RejectedRequest } from '../../message/campaign.js';

/** One rejected request as JSON; most have a single fault. */
type RejectionLine = readonly [index: number, ...faults: (readonly [path: string, message: string])[]];

/** Rejected requests as they are stored: as short as JSON can be. */
export function rejectionsText(rejections: readonly RejectedRequest[]): string {
  const lines: RejectionLine[] = rejections.map(({ index, issues }) => [
    index,
    ...issues.map(({ path, message }) => [path, message] as const),
  ]);
  return JSON.stringify(lines);
}

/** Reads what {@link rejectionsText} wrote. */
export function rejectionsOf(stored: string | null): RejectedRequest[] {
  if (stored === null) return [];
  return (JSON.parse(stored) as RejectionLine[]).map(([index, ...faults]) => ({
    index,
    issues: faults.map(([path, message]): SmsProIssue => ({ path, message })),
  }));
}
