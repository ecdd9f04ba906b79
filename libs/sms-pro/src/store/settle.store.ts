import { recordAttempt, type NewAttempt } from './attempt-rows.js';
import { Batching } from './batching.js';
import { CANCELED_COLUMN, type ClaimedPacket } from './claimed-packet.js';
import type { AttemptRecord, PacketChange, Settlement } from './packet-change.js';
import { returnReported, takeBackReported } from './packet-replacement.js';
import { cancelReturned } from './packet-share.js';
import { LEASE_ENDED, updateLeased, type Assignments } from './lease-fence.js';
import { flag, oneOf } from './row-reader.js';
import {
  billedOf,
  endRecipientsOf,
  firstOf,
  HEAD_COLUMNS,
  packetHead,
  tellAccepted,
  tellUncertain,
  type PacketHead,
  type RecipientEvents,
} from './packet-outcome.js';
import type { SmsProDatabase } from './sms-pro.database.js';
import type { UnitOfWork } from './unit-of-work.js';
import { updateMany } from './update-many.js';

/** What the store must know of the options to settle a packet. */
export interface SettlePolicy {
  readonly recipientEvents: RecipientEvents;
  readonly staleAfterMs: number;
  readonly giveUpAfterMs: number;
}

/** A try or probe that has ended, and what follows from it. */
interface SettleRequest {
  readonly packet: ClaimedPacket;
  readonly settlement: Settlement;
  readonly attempt: AttemptRecord;
  readonly now: number;
}

/** Most acceptances in one transaction. */
const ACCEPTANCES_TOGETHER = 100;

/** Most such transactions under way: with more, each would be smaller, and the trips to the database are what costs. */
const ACCEPTANCES_AT_ONCE = 1;

/** A packet that is still leased to who settles it; its lease ends. */
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

/** Ends of a packet that was certainly not sent. */
const ENDS_UNSENT: ReadonlySet<PacketChange['to']> = new Set(['rejected', 'expired', 'canceled']);

/** The columns of an acceptance that hold no number. */
const TEXT_COLUMNS: ReadonlySet<string> = new Set(['state', 'gateway_status']);

/** Settles tries and probes, fenced by the lease. */
export class SettleStore {
  private readonly acceptances: Batching<SettleRequest, boolean>;

  constructor(
    private readonly database: SmsProDatabase,
    private readonly policy: SettlePolicy,
  ) {
    this.acceptances = new Batching((requests) => this.acceptTogether(requests), {
      atOnce: ACCEPTANCES_AT_ONCE,
      mostWeight: ACCEPTANCES_TOGETHER,
      weightOf: () => 1,
    });
  }

  /**
   * Carries out what became of a claimed packet, and records the try. Returns `false`, with the try recorded
   * and nothing else changed, when the packet is no longer this worker's.
   */
  async settle(packet: ClaimedPacket, settlement: Settlement, attempt: AttemptRecord, now: number): Promise<boolean> {
    const request = { packet, settlement, attempt, now };
    return isOrdinaryAcceptance(request) ? this.acceptances.add(request) : this.settleOne(request);
  }

  private async settleOne({ packet, settlement, attempt, now }: SettleRequest): Promise<boolean> {
    return this.database.transaction(async (unit) => {
      recordAttempt(unit, newAttempt(packet, attempt));
      const settled = await this.withCancel(unit, packet, settlement);
      const assigned = { ...this.assignments(packet, settled, attempt, now), ...LEASE_ENDED };
      if (!(await updateLeased(unit, packet, assigned, packet.state))) {
        return this.completeAcceptance(unit, packet, settled.change);
      }
      await this.tell(unit, packet, settled.change, now);
      return true;
    });
  }

  /** Most tries end as accepted, many at the same time: one statement for all of them. */
  private async acceptTogether(given: readonly SettleRequest[]): Promise<boolean[]> {
    const [only] = given;
    if (only !== undefined && given.length === 1) return [await this.settleOne(only)];
    // In the order in which reports wait for packets.
    const requests = given.toSorted((a, b) => (a.packet.packetId < b.packet.packetId ? -1 : 1));
    return this.database.transaction(async (unit) => {
      const assigned = requests.map(({ packet, settlement, attempt, now }) =>
        this.assignments(packet, settlement, attempt, now),
      );
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
      // One of them is no longer this worker's: nothing is kept, and each is settled by itself.
      if (accepted !== requests.length) throw new Error('A lease among several has ended.');
      for (const { packet, settlement, attempt, now } of requests) {
        recordAttempt(unit, newAttempt(packet, attempt));
        await this.tell(unit, packet, settlement.change, now);
      }
      return requests.map(() => true);
    });
  }

  /** A packet that was certainly not sent, and that somebody canceled while it was on its way, goes no further. */
  private async withCancel(unit: UnitOfWork, packet: ClaimedPacket, settlement: Settlement): Promise<Settlement> {
    if (settlement.change.to !== 'queued') return settlement;
    const row = await unit.first(
      `SELECT ${CANCELED_COLUMN} FROM sms_pro_packet p WHERE p.packet_id = ? ${unit.dialect.forUpdate}`,
      [packet.packetId],
    );
    if (row === null || !flag(row, 'cancel_requested')) return settlement;
    return { ...settlement, change: { to: 'canceled' } };
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
        await endRecipientsOf(unit, head, { status: 'expired', reason }, this.policy.recipientEvents, now);
      }
      return heads.length;
    });
  }

  private assignments(packet: ClaimedPacket, settlement: Settlement, attempt: AttemptRecord, now: number): Assignments {
    const { change, certainlyNot, refused } = settlement;
    const sent = attempt.kind === 'send';
    const common: Assignments = {
      state: change.to,
      open_tries: packet.openTries - (certainlyNot ? 1 : 0),
      refusals: packet.refusals + (refused ? 1 : 0),
      probes: sent ? 0 : packet.probes + 1,
      ...(sent ? { last_post_at: attempt.startedAt } : {}),
    };
    return {
      ...common,
      ...this.stateAssignments(packet, change, sent ? attempt.startedAt : (packet.lastTryAt ?? now), now),
    };
  }

  private stateAssignments(packet: ClaimedPacket, change: PacketChange, lastPostAt: number, now: number): Assignments {
    switch (change.to) {
      case 'accepted':
        return {
          test: change.test ? 1 : 0,
          gateway_status: change.gatewayStatus,
          phones: change.phones,
          smscnt: change.smscnt,
          billed: billedOf(acceptedHead(packet, change), change),
          estimated: change.estimated ? 1 : 0,
          accepted_at: now,
          next_poll_at: change.test ? null : now + this.policy.staleAfterMs,
          give_up_at: lastPostAt + this.policy.giveUpAfterMs,
          ...(change.test ? { open_recipients: 0, ended_at: now } : {}),
        };
      case 'rejected':
        return { gateway_status: change.gatewayStatus, reason: change.reason, ended_at: now, open_recipients: 0 };
      case 'queued':
        return { gateway_status: change.gatewayStatus, due_at: change.dueAt };
      case 'uncertain':
        return {
          gateway_status: change.gatewayStatus,
          due_at: change.dueAt,
          held_status: change.heldStatus,
          ...(change.triedAt === null ? {} : { last_try_at: change.triedAt }),
        };
      case 'expired':
      case 'unknown':
        return { reason: change.reason, ended_at: now, open_recipients: 0 };
      case 'canceled':
        return { reason: 'canceled', ended_at: now, open_recipients: 0 };
    }
  }

  /** A report overtook the answer and the packet is accepted already: the answer still brings what was billed. */
  private async completeAcceptance(unit: UnitOfWork, packet: ClaimedPacket, change: PacketChange): Promise<boolean> {
    if (change.to !== 'accepted' || change.estimated) {
      // The request is over in any case: the packet is in nobody's hands any more.
      await updateLeased(unit, packet, LEASE_ENDED, 'accepted');
      return false;
    }
    const billing: Assignments = {
      gateway_status: change.gatewayStatus,
      phones: change.phones,
      smscnt: change.smscnt,
      billed: billedOf(acceptedHead(packet, change), change),
      estimated: 0,
    };
    return updateLeased(unit, packet, { ...billing, ...LEASE_ENDED }, 'accepted');
  }

  private async tell(unit: UnitOfWork, packet: ClaimedPacket, change: PacketChange, now: number): Promise<void> {
    const head = headOf(packet);
    if (ENDS_UNSENT.has(change.to)) await returnReported(unit, head, this.policy, now);
    switch (change.to) {
      case 'accepted':
        return tellAccepted(unit, acceptedHead(packet, change), change, now);
      case 'rejected':
        unit.tell({
          name: 'packet.rejected',
          occurredAt: now,
          messageId: head.messageId,
          packetId: head.packetId,
          orderKey: head.packetId,
          detail: {
            recipients: head.recipients,
            reason: change.reason,
            gatewayStatus: change.gatewayStatus,
            hint: change.hint,
          },
        });
        return endRecipientsOf(
          unit,
          head,
          { status: 'rejected', reason: change.reason },
          this.policy.recipientEvents,
          now,
        );
      case 'uncertain':
        // Told once per try: a probe that brings nothing is no news.
        if (change.triedAt !== null) {
          tellUncertain(
            unit,
            { message_id: head.messageId, packet_id: head.packetId, recipients: head.recipients },
            now,
            change.cause,
          );
        }
        return;
      case 'expired':
      case 'unknown':
        return endRecipientsOf(
          unit,
          head,
          { status: change.to, reason: change.reason },
          this.policy.recipientEvents,
          now,
        );
      case 'canceled':
        return endRecipientsOf(
          unit,
          head,
          { status: 'canceled', reason: 'canceled' },
          this.policy.recipientEvents,
          now,
        );
      case 'queued': {
        // First what was taken: what is canceled then takes the others along, and nobody who has it already.
        const packetId = await takeBackReported(unit, head, this.policy, now);
        if (packetId !== null) await cancelReturned(unit, { ...head, packetId }, this.policy, now);
        return;
      }
    }
  }
}

function newAttempt(packet: ClaimedPacket, record: AttemptRecord): NewAttempt {
  const number = record.kind === 'send' ? packet.attempts : packet.probes + 1;
  return { packetId: packet.packetId, number, owner: packet.lease.owner, record };
}

/** An answer to a try that was read, of a packet whose recipients need nothing done at once. */
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

/** A test that the gateway really sent is an ordinary packet from then on. */
function acceptedHead(packet: ClaimedPacket, { test }: { readonly test: boolean }): PacketHead {
  return { ...headOf(packet), test };
}

/** The head of a claimed packet. */
export function headOf(packet: ClaimedPacket): PacketHead {
  return {
    packetId: packet.packetId,
    rootPacketId: packet.rootPacketId,
    messageId: packet.messageId,
    recipients: packet.phones.length,
    segments: packet.segments,
    test: packet.test,
    sensitive: packet.sensitive,
  };
}
