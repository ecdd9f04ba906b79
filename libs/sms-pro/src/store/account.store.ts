import type { PauseReason } from '../message/reason.js';
import { flag, int, intOrNull, oneOf, text, textOrNull } from './row-reader.js';
import type { SmsProDatabase } from './sms-pro.database.js';
import type { UnitOfWork } from './unit-of-work.js';
import type { SqlRow } from './sql-session.js';

/** The scope of a pause that holds for the whole account; any other scope is a sender. */
export const WHOLE_ACCOUNT = '';

/** What stops the account, or one sender of it. */
export interface Pause {
  readonly scope: string;
  /** `trial`: one packet at a time may show whether the account sends again. */
  readonly state: 'paused' | 'trial';
  readonly reason: PauseReason;
  readonly since: number;
  readonly nextProbeAt: number;
  readonly probes: number;
}

/** The account as it was last asked for. */
export interface StoredAccount {
  readonly balance: string;
  readonly smsPrice: string;
  readonly active: boolean;
  readonly checkedAt: number;
}

/** Pauses of the account and what is known of its balance. */
export class AccountStore {
  constructor(private readonly database: SmsProDatabase) {}

  /** What is paused now. */
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

  /** Pauses a scope; one that is paused already only has its probe moved. Tells `account.paused` once. */
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
        return tellPause(unit, 'account.paused', scope, now, { reason, hint });
      }
      // A trial packet was refused again: back to paused, with nothing new to tell, and the distance goes on growing.
      // The instant stands in the text, since PostgreSQL gives a parameter in a CASE no type.
      await unit.run(
        `UPDATE sms_pro_pause SET state = 'paused', reason = ?, gateway_status = ?, updated_at = ?,
           next_probe_at = CASE WHEN next_probe_at > ${nextProbeAt} THEN next_probe_at ELSE ${nextProbeAt} END
         WHERE account = ? AND scope = ?`,
        [reason, gatewayStatus, now, unit.account, scope],
      );
    });
  }

  /** Takes the next probe of a paused scope for this process: `false` when another one has it. */
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

  /** Lets one packet at a time show whether the scope sends again. */
  async beginTrial(scope: string, now: number): Promise<void> {
    await this.database.transaction((unit) =>
      unit.run(
        `UPDATE sms_pro_pause SET state = 'trial', updated_at = ? WHERE account = ? AND scope = ? AND state = 'paused'`,
        [now, unit.account, scope],
      ),
    );
  }

  /** Ends a pause after a packet was accepted. Tells `account.resumed` once. */
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
      if (changed === 1) tellPause(unit, 'account.resumed', scope, now, { reason: text(row ?? {}, 'reason') });
    });
  }

  /** Keeps what the gateway said of the account, and tells `balance.low` when it has just fallen below the mark. */
  async keepAccount(
    account: StoredAccount,
    low: { readonly below: string; readonly isLow: boolean } | null,
  ): Promise<void> {
    await this.database.transaction(async (unit) => {
      const values = [account.balance, account.smsPrice, account.active ? 1 : 0, account.checkedAt];
      await unit.insertNew('sms_pro_account', { account: unit.account, low_told: 0 });
      await unit.run(
        'UPDATE sms_pro_account SET balance = ?, sms_price = ?, active = ?, checked_at = ? WHERE account = ?',
        [...values, unit.account],
      );
      if (low === null) return;
      const turned = await unit.run('UPDATE sms_pro_account SET low_told = ? WHERE account = ? AND low_told <> ?', [
        low.isLow ? 1 : 0,
        unit.account,
        low.isLow ? 1 : 0,
      ]);
      if (turned === 1 && low.isLow) {
        unit.tell({
          name: 'balance.low',
          occurredAt: account.checkedAt,
          orderKey: `account:${unit.account}`,
          detail: { balance: account.balance, lowBelow: low.below },
        });
      }
    });
  }

  /** What was last known of the account, or `null`. */
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

function tellPause(
  unit: UnitOfWork,
  name: 'account.paused' | 'account.resumed',
  scope: string,
  now: number,
  detail: { readonly reason: string; readonly hint?: string },
): void {
  unit.tell({
    name,
    occurredAt: now,
    orderKey: `account:${unit.account}`,
    detail: { ...detail, ...(scope === WHOLE_ACCOUNT ? {} : { sender: scope }) },
  });
}

const PAUSE_REASONS = [
  'authorization',
  'ip-address',
  'funds',
  'test-mode',
  'endpoint',
  'sender',
  'format',
  'time',
] as const satisfies readonly PauseReason[];

function isGatewayCode(word: string): word is `gateway-${string}` {
  return word.startsWith('gateway-');
}

function pauseReason(word: string): PauseReason {
  const known = PAUSE_REASONS.find((reason) => reason === word);
  if (known !== undefined) return known;
  if (isGatewayCode(word)) return word;
  throw new TypeError('Column reason holds a word nobody knows.');
}

function pauseOf(row: SqlRow): Pause {
  return {
    scope: text(row, 'scope'),
    state: oneOf(row, 'state', ['paused', 'trial'] as const),
    reason: pauseReason(text(row, 'reason')),
    since: int(row, 'since'),
    nextProbeAt: intOrNull(row, 'next_probe_at') ?? 0,
    probes: int(row, 'probes'),
  };
}
