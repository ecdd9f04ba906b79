import { int, oneOf, text } from '../database/row-reader.js';
import type { SmsProDatabase } from '../database/sms-pro.database.js';
import { recordAttempt } from './attempt-rows.js';
import { acceptByReport } from './accept-by-report.js';
import { isReported } from './packet-evidence.js';
import { HEAD_COLUMNS, packetHead } from './packet-head.js';
import { endRecipientsOf, firstOf, recordUncertain } from './packet-outcome.js';
import type { StorePolicy } from './store-policy.js';

/** Ends the leases of dead workers, and queued packets whose deadline has passed. */
export class SweepStore {
  constructor(
    private readonly database: SmsProDatabase,
    private readonly policy: StorePolicy,
  ) {}

  /** Makes `sending` packets whose lease has ended uncertain: a dead worker may have sent them. Returns how many. */
  async sweepLeases(now: number, uncertainDelayMs: number, limit: number): Promise<number> {
    return this.database.transaction(async (unit) => {
      const rows = await unit.all(
        `SELECT ${HEAD_COLUMNS}, attempts, lease_owner, lease_until FROM sms_pro_packet
         WHERE account = ? AND state = 'sending' AND lease_until <= ? ORDER BY lease_until LIMIT ? ${unit.dialect.skipLocked}`,
        [this.database.account, now, limit],
      );
      for (const row of rows) {
        const leaseUntil = int(row, 'lease_until');
        await unit.run(
          `UPDATE sms_pro_packet SET state = 'uncertain', lease_token = lease_token + 1, lease_owner = NULL,
             lease_until = NULL, last_try_at = ?, last_post_at = ?, due_at = ?, probes = 0
           WHERE packet_id = ? AND state = 'sending'`,
          [leaseUntil, leaseUntil, Math.max(now, leaseUntil + uncertainDelayMs), text(row, 'packet_id')],
        );
        recordAttempt(unit, {
          packetId: text(row, 'packet_id'),
          number: int(row, 'attempts'),
          owner: text(row, 'lease_owner'),
          record: {
            kind: 'send',
            startedAt: leaseUntil,
            endedAt: now,
            outcome: 'lease-ended',
            gatewayStatus: null,
            httpStatus: null,
            phones: null,
            smscnt: null,
            detail: null,
          },
        });
        const packet = packetHead(row);
        if (await isReported(unit, packet)) await acceptByReport(unit, packet, this.policy, now);
        else recordUncertain(unit, row, now, 'the worker stopped before it settled');
      }
      return rows.length;
    });
  }

  /** Ends queued packets whose deadline has passed, also while the account is paused. Returns how many. */
  async expireQueued(now: number, limit: number): Promise<number> {
    return this.database.transaction(async (unit) => {
      const rows = await unit.all(
        `SELECT ${HEAD_COLUMNS}, CASE WHEN valid_until = deadline_at THEN 'validity' ELSE 'deadline' END AS why
         FROM sms_pro_packet WHERE account = ? AND state = 'queued' AND open_tries = 0 AND deadline_at <= ?
         ORDER BY deadline_at LIMIT ? ${unit.dialect.skipLocked}`,
        [this.database.account, now, limit],
      );
      const heads = firstOf(
        rows.map((row) => ({ ...packetHead(row), reason: oneOf(row, 'why', ['validity', 'deadline'] as const) })),
      );
      for (const { reason, ...head } of heads) {
        await unit.run(
          `UPDATE sms_pro_packet SET state = 'expired', reason = ?, ended_at = ?, open_recipients = 0
           WHERE packet_id = ? AND state = 'queued'`,
          [reason, now, head.packetId],
        );
        await endRecipientsOf(unit, [head], { status: 'expired', reason }, { policy: this.policy, now });
      }
      return heads.length;
    });
  }
}
