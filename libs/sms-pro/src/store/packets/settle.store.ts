import { SmsProInvariantError } from '../../errors/sms-pro.errors.js';
import { Batching } from '../database/batching.js';
import { flag } from '../database/row-reader.js';
import type { SmsProDatabase } from '../database/sms-pro.database.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import { updateMany } from '../database/update-many.js';
import { applyChange } from './apply-change.js';
import { recordAttempt, type NewAttempt } from './attempt-rows.js';
import { CANCELED_COLUMN, type ClaimedPacket } from './claimed-packet.js';
import { LEASE_ENDED, updateLeased, type Assignments } from './lease-fence.js';
import { isReported, settlementAfterReport } from './packet-evidence.js';
import type { AttemptRecord, PacketChange, Settlement } from './packet-change.js';
import { billingColumns, settledColumns, type SettleRequest } from './settled-columns.js';
import type { StorePolicy } from './store-policy.js';

/** Acceptances in one transaction, at most. */
const MAX_ACCEPTANCES = 100;

/** Such transactions at a time: with more of them, each would be smaller, and round trips are what costs. */
const ACCEPTANCES_AT_ONCE = 1;

/** Changes packets that are still leased to the worker that settles them, and ends their leases. */
const LEASED_PACKET = {
  table: 'sms_pro_packet',
  keys: [
    { name: 'packet_id', type: 'text' },
    { name: 'lease_owner', type: 'text' },
    { name: 'lease_token', type: 'integer' },
  ],
  also: { lease_owner: 'NULL', lease_until: 'NULL' },
  where: "t.state = 'sending'",
} as const;

/** The columns of an acceptance that hold no number. */
const TEXT_COLUMNS: ReadonlySet<string> = new Set(['state', 'gateway_status']);

/** Settles tries and probes, fenced by the lease. */
export class SettleStore {
  private readonly acceptances: Batching<SettleRequest, boolean>;

  constructor(
    private readonly database: SmsProDatabase,
    private readonly policy: StorePolicy,
  ) {
    this.acceptances = new Batching((requests) => this.acceptTogether(requests), {
      atOnce: ACCEPTANCES_AT_ONCE,
      maxWeight: MAX_ACCEPTANCES,
      weightOf: () => 1,
    });
  }

  /**
   * Changes a claimed packet after a try or probe, and records that. Returns `false`, with nothing else changed, if the
   * packet is no longer this worker's.
   */
  async settle(packet: ClaimedPacket, settlement: Settlement, attempt: AttemptRecord, now: number): Promise<boolean> {
    const request = { packet, settlement, attempt, now };
    return isOrdinaryAcceptance(request) ? this.acceptances.add(request) : this.settleOne(request);
  }

  private async settleOne(request: SettleRequest): Promise<boolean> {
    const { packet, attempt, now } = request;
    return this.database.transaction(async (unit) => {
      recordAttempt(unit, newAttempt(packet, attempt));
      const settlement = await this.withRows(unit, request);
      const assigned = { ...settledColumns({ ...request, settlement }, this.policy), ...LEASE_ENDED };
      if (!(await updateLeased(unit, packet, assigned, packet.state))) {
        return this.completeAcceptance(unit, packet, settlement.change);
      }
      await applyChange(unit, packet, settlement.change, { policy: this.policy, now });
      return true;
    });
  }

  /** Settles many acceptances in one statement: nearly all tries end so, and many at the same time. */
  private async acceptTogether(given: readonly SettleRequest[]): Promise<boolean[]> {
    const [only] = given;
    if (only !== undefined && given.length === 1) return [await this.settleOne(only)];
    // In the order in which reports lock packets.
    const requests = given.toSorted((a, b) => (a.packet.packetId < b.packet.packetId ? -1 : 1));
    return this.database.transaction(async (unit) => {
      const assigned = requests.map((request) => settledColumns(request, this.policy));
      const columns = Object.keys(assigned[0] ?? {});
      const accepted = await updateMany(unit, {
        ...LEASED_PACKET,
        sets: columns.map((name) => ({ name, type: TEXT_COLUMNS.has(name) ? 'text' : 'bigint' })),
        rows: requests.map(({ packet: { packetId, lease } }, at) => [
          packetId,
          lease.owner,
          lease.token,
          ...columns.map((column) => assigned[at]?.[column] ?? null),
        ]),
      });
      // One of them is no longer this worker's: the transaction is rolled back, and each is settled by itself.
      if (accepted !== requests.length) throw new SmsProInvariantError('One lease of several has ended.');
      for (const { packet, settlement, attempt, now } of requests) {
        recordAttempt(unit, newAttempt(packet, attempt));
        await applyChange(unit, packet, settlement.change, { policy: this.policy, now });
      }
      return requests.map(() => true);
    });
  }

  /**
   * What follows from the try and from what came while it was under way. A report overrules the outcome. A packet that was
   * certainly not sent, and was canceled meanwhile, ends as canceled.
   */
  private async withRows(unit: UnitOfWork, { packet, settlement, now }: SettleRequest): Promise<Settlement> {
    const { change } = settlement;
    if (packet.state !== 'sending' || (change.to === 'accepted' && !change.test)) return settlement;
    // Reports and cancels of this packet wait here.
    const row = await unit.first(
      `SELECT ${CANCELED_COLUMN} FROM sms_pro_packet p WHERE p.packet_id = ? ${unit.dialect.forUpdate}`,
      [packet.packetId],
    );
    if (await isReported(unit, packet)) return settlementAfterReport(packet, settlement, now);
    const isCanceled = row !== null && flag(row, 'cancel_requested');
    return change.to === 'queued' && isCanceled ? { ...settlement, change: { to: 'canceled' } } : settlement;
  }

  /** A report came before the answer, and the packet is accepted already: the answer still says what was billed. */
  private async completeAcceptance(unit: UnitOfWork, packet: ClaimedPacket, change: PacketChange): Promise<boolean> {
    if (change.to !== 'accepted' || change.estimated) {
      // The request is over in any case, so the packet is no longer leased.
      await updateLeased(unit, packet, LEASE_ENDED, 'accepted');
      return false;
    }
    const billing: Assignments = { ...billingColumns(packet, change), estimated: 0 };
    return updateLeased(unit, packet, { ...billing, ...LEASE_ENDED }, 'accepted');
  }
}

function newAttempt(packet: ClaimedPacket, record: AttemptRecord): NewAttempt {
  const number = record.kind === 'send' ? packet.attempts : packet.probes + 1;
  return { packetId: packet.packetId, number, owner: packet.lease.owner, record };
}

/** A try whose answer was read as accepted, and whose recipients need no change now. */
function isOrdinaryAcceptance({ packet, settlement: { change }, attempt }: SettleRequest): boolean {
  return (
    attempt.kind === 'send' &&
    change.to === 'accepted' &&
    packet.state === 'sending' &&
    !packet.test &&
    !change.test &&
    !packet.sensitive
  );
}
