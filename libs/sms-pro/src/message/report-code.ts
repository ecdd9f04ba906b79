import type { Reason } from './reason.js';
import type { RecipientStatus } from './recipient-status.js';

/** What a report says of a recipient. */
export interface ReportMeaning {
  readonly status: RecipientStatus;
  readonly reason?: Reason;
}

/**
 * Report codes and what they make of a recipient. Source: the partner API, table "коды отчетов".
 * Code 6 ("unknown, new status") and codes nobody knows are recorded and change nothing.
 */
const REPORT_CODE: Readonly<Record<string, ReportMeaning>> = {
  '0': { status: 'accepted' },
  '1': { status: 'sent' },
  '2': { status: 'rejected', reason: 'operator-refused' },
  '3': { status: 'delivered' },
  '4': { status: 'undelivered', reason: 'not-delivered' },
  '5': { status: 'rejected', reason: 'funds' },
  '7': { status: 'unknown', reason: 'no-final-report' },
};

/** The meaning of a report code, or `null` for one that only goes on record. */
export function reportMeaning(code: string): ReportMeaning | null {
  return (Object.hasOwn(REPORT_CODE, code) && REPORT_CODE[code]) || null;
}
