import type { PauseReason } from '../../message/reason.js';
import { int, intOrNull, oneOf, text } from '../database/row-reader.js';
import type { SqlRow } from '../database/sql-session.js';
import type { UnitOfWork } from '../database/unit-of-work.js';

/** The scope of a pause of the whole account; any other scope is a sender. */
export const WHOLE_ACCOUNT = '';

/** A pause of the account, or of one sender. */
export interface Pause {
  readonly scope: string;
  /** `trial`: one packet at a time may be sent, to see whether the pause is over. */
  readonly state: 'paused' | 'trial';
  readonly reason: PauseReason;
  readonly since: number;
  readonly nextProbeAt: number;
  readonly probes: number;
}

/** The beginning or the end of a pause. */
interface PauseChange {
  readonly name: 'account.paused' | 'account.resumed';
  readonly scope: string;
  readonly detail: { readonly reason: string; readonly hint?: string };
}

/** Records that a pause began or ended. */
export function recordPause(unit: UnitOfWork, { name, scope, detail }: PauseChange, now: number): void {
  unit.recordEvent({
    name,
    occurredAt: now,
    orderKey: `account:${unit.account}`,
    detail: { ...detail, ...(scope === WHOLE_ACCOUNT ? {} : { sender: scope }) },
  });
}

/** Reads a current pause. */
export function pauseOf(row: SqlRow): Pause {
  return {
    scope: text(row, 'scope'),
    state: oneOf(row, 'state', ['paused', 'trial'] as const),
    // Only this package writes it; a reason that only a newer version knows is passed on as it is.
    reason: text(row, 'reason') as PauseReason,
    since: int(row, 'since'),
    nextProbeAt: intOrNull(row, 'next_probe_at') ?? 0,
    probes: int(row, 'probes'),
  };
}
