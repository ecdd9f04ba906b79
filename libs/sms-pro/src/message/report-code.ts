import type { Reason } from './reason.js';
import type { RecipientStatus } from './recipient-status.js';

/** What a report code means for a recipient. */
export interface ReportMeaning {
  readonly status: RecipientStatus;
  readonly reason?: Reason;
}

/**
 * The status of a recipient for each report code. Source: the partner API, table "коды отчетов". Code 6 ("unknown, new
 * status") and codes that are not in the table are stored but change nothing.
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

/** The meaning of a report code; `null` for a code that is only stored. */
export function reportMeaning(code: string): ReportMeaning | null {
  return (Object.hasOwn(REPORT_CODE, code) && REPORT_CODE[code]) || null;
}
