import type { PauseReason } from '../../message/reason.js';
import { flag, int, text, textOrNull } from '../database/row-reader.js';
import type { SmsProDatabase } from '../database/sms-pro.database.js';
import { pauseOf, recordPause, type Pause } from './pause-rows.js';

/** The account, as the gateway last described it. */
export interface StoredAccount {
  readonly balance: string;
  readonly smsPrice: string;
  readonly active: boolean;
  readonly checkedAt: number;
}

/** Pauses of the account, and its last known balance. */
export class AccountStore {
  constructor(private readonly database: SmsProDatabase) {}

  /** The pauses that are in force. */
  async pauses(): Promise<Pause[]> {
    return this.database.read(async (session) => {
      const rows = await session.all(
        `SELECT scope, state, reason, since, next_probe_at, probes FROM sms_pro_pause
         WHERE account = ? AND state IN ('paused', 'trial')`,
        [this.database.account],
      );
      return rows.map(pauseOf);
    });
  }

  /** Pauses a scope, and records `account.paused`. If it is paused already, only its next probe moves. */
  async pause(
    scope: string,
    {
      reason,
      hint,
      gatewayStatus,
    }: { readonly reason: PauseReason; readonly hint: string; readonly gatewayStatus: string | null },
    now: number,
    nextProbeAt: number,
  ): Promise<void> {
    await this.database.transaction(async (unit) => {
      const changed = await unit.run(
        `UPDATE sms_pro_pause SET state = 'paused', reason = ?, gateway_status = ?, since = ?, next_probe_at = ?,
           probes = 0, updated_at = ? WHERE account = ? AND scope = ? AND state = 'open'`,
        [reason, gatewayStatus, now, nextProbeAt, now, unit.account, scope],
      );
      const inserted =
        changed === 1
          ? 0
          : Number(
              await unit.insertNew('sms_pro_pause', {
                account: unit.account,
                scope,
                state: 'paused',
                reason,
                gateway_status: gatewayStatus,
                since: now,
                next_probe_at: nextProbeAt,
                probes: 0,
                streak: 0,
                updated_at: now,
              }),
            );
      if (changed + inserted === 1) {
        return recordPause(unit, { name: 'account.paused', scope, detail: { reason, hint } }, now);
      }
      // A trial packet was refused again: back to paused, without an event, and the delay keeps growing.
      // The instant is part of the SQL, since PostgreSQL cannot tell the type of a parameter in a CASE.
      await unit.run(
        `UPDATE sms_pro_pause SET state = 'paused', reason = ?, gateway_status = ?, updated_at = ?,
           next_probe_at = CASE WHEN next_probe_at > ${nextProbeAt} THEN next_probe_at ELSE ${nextProbeAt} END
         WHERE account = ? AND scope = ?`,
        [reason, gatewayStatus, now, unit.account, scope],
      );
    });
  }

  /** Takes the next probe of a paused scope for this process; `false` when another process has taken it. */
  async takeProbe(pause: Pause, nextProbeAt: number, now: number): Promise<boolean> {
    return this.database.transaction(async (unit) => {
      const changed = await unit.run(
        `UPDATE sms_pro_pause SET probes = probes + 1, next_probe_at = ?, updated_at = ?
         WHERE account = ? AND scope = ? AND state = 'paused' AND next_probe_at = ?`,
        [nextProbeAt, now, unit.account, pause.scope, pause.nextProbeAt],
      );
      return changed === 1;
    });
  }

  /** From now on one packet at a time may be sent, to see whether the pause is over. */
  async beginTrial(scope: string, now: number): Promise<void> {
    await this.database.transaction((unit) =>
      unit.run(
        `UPDATE sms_pro_pause SET state = 'trial', updated_at = ? WHERE account = ? AND scope = ? AND state = 'paused'`,
        [now, unit.account, scope],
      ),
    );
  }

  /** Ends a pause after a packet was accepted, and records `account.resumed`. */
  async resume(scope: string, now: number): Promise<void> {
    await this.database.transaction(async (unit) => {
      const row = await unit.first('SELECT reason FROM sms_pro_pause WHERE account = ? AND scope = ?', [
        unit.account,
        scope,
      ]);
      const changed = await unit.run(
        `UPDATE sms_pro_pause SET state = 'open', next_probe_at = NULL, updated_at = ?
         WHERE account = ? AND scope = ? AND state IN ('paused', 'trial')`,
        [now, unit.account, scope],
      );
      if (changed === 1) {
        const detail = { reason: text(row ?? {}, 'reason') };
        recordPause(unit, { name: 'account.resumed', scope, detail }, now);
      }
    });
  }

  /** Stores the account as the gateway described it; records `balance.low` if it has just fallen below the limit. */
  async keepAccount(
    account: StoredAccount,
    low: { readonly below: string; readonly isLow: boolean } | null,
  ): Promise<void> {
    await this.database.transaction(async (unit) => {
      const values = [account.balance, account.smsPrice, account.active ? 1 : 0, account.checkedAt];
      await unit.insertNew('sms_pro_account', { account: unit.account, low_recorded: 0 });
      await unit.run(
        'UPDATE sms_pro_account SET balance = ?, sms_price = ?, active = ?, checked_at = ? WHERE account = ?',
        [...values, unit.account],
      );
      if (low === null) return;
      const turned = await unit.run(
        'UPDATE sms_pro_account SET low_recorded = ? WHERE account = ? AND low_recorded <> ?',
        [low.isLow ? 1 : 0, unit.account, low.isLow ? 1 : 0],
      );
      if (turned === 1 && low.isLow) {
        unit.recordEvent({
          name: 'balance.low',
          occurredAt: account.checkedAt,
          orderKey: `account:${unit.account}`,
          detail: { balance: account.balance, lowBelow: low.below },
        });
      }
    });
  }

  /** The account, as the gateway last described it, or `null`. */
  async knownAccount(): Promise<StoredAccount | null> {
    return this.database.read(async (session) => {
      const row = await session.first(
        'SELECT balance, sms_price, active, checked_at FROM sms_pro_account WHERE account = ? AND balance IS NOT NULL',
        [this.database.account],
      );
      if (row === null) return null;
      return {
        balance: text(row, 'balance'),
        smsPrice: textOrNull(row, 'sms_price') ?? '',
        active: flag(row, 'active'),
        checkedAt: int(row, 'checked_at'),
      };
    });
  }
}
