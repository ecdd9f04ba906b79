import { SEND_STATUS } from '../gateway/status/send-status.js';
import { statusMeaning } from '../gateway/status/status-tables.js';
import type { SendPacketAnswer } from '../gateway/message.codec.js';
import { HeldRefusal } from '../message/held-refusal.js';
import type { PauseReason, Reason } from '../message/reason.js';
import type { ClaimedPacket } from '../store/packets/claimed-packet.js';
import type { PacketChange, Settlement } from '../store/packets/packet-change.js';
import type { AccountSignal } from './account-signal.js';
import type { PostOutcome } from './post-outcome.js';

/** The numbers that the rules of sending need. */
export interface DispatchRules {
  readonly uncertainDelayMs: number;
  readonly repeatAfterMs: number;
}

/** What happens to a packet after a try, and what the try says about the account. */
export interface SendVerdict {
  readonly settlement: Settlement;
  readonly signal: AccountSignal;
}

/** Refusals that pause the account and leave the packet as it was. Source: the partner API, table "статусы отправки". */
const ACCOUNT_REFUSED: Readonly<Record<string, PauseReason>> = {
  '2': 'authorization',
  '3': 'ip-address',
  '4': 'funds',
};

/** Refusals of this packet for good. Source: the partner API, table "статусы отправки". */
const PACKET_REFUSED: Readonly<Record<string, Reason>> = {
  '1': SEND_STATUS[1].reason,
  '5': SEND_STATUS[5].reason,
  '6': SEND_STATUS[6].reason,
  '7': SEND_STATUS[7].reason,
  '8': SEND_STATUS[8].reason,
};

function ownValue<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** The reason with which a held refusal rejects a packet, or `null` if it must not reject it. */
export function reasonOfHeld(held: HeldRefusal): Reason | null {
  if (!held.mayReject) return null;
  return ownValue(PACKET_REFUSED, held.status) ?? `gateway-${held.status}`;
}

interface UncertainDetails {
  readonly cause: string;
  readonly gatewayStatus?: string;
  readonly held?: HeldRefusal;
  readonly delayMs?: number;
}

function uncertain(packet: ClaimedPacket, rules: DispatchRules, now: number, details: UncertainDetails): PacketChange {
  return {
    to: 'uncertain',
    dueAt: now + (details.delayMs ?? rules.uncertainDelayMs),
    triedAt: now,
    cause: details.cause,
    gatewayStatus: details.gatewayStatus ?? null,
    held: details.held ?? packet.held,
  };
}

/** The gateway certainly did not take this try: the packet is queued again, unless an earlier try may have been taken. */
function notTaken(packet: ClaimedPacket, rules: DispatchRules, now: number, details: UncertainDetails): PacketChange {
  if (packet.openTries === 1) return { to: 'queued', dueAt: now, gatewayStatus: details.gatewayStatus ?? null };
  return uncertain(packet, rules, now, details);
}

function accepted(answer: SendPacketAnswer, test: boolean): PacketChange {
  return {
    to: 'accepted',
    phones: answer.phones,
    smscnt: answer.smscnt,
    gatewayStatus: answer.status,
    estimated: false,
    test,
  };
}

function verdict(
  change: PacketChange,
  signal: AccountSignal,
  flags: { readonly certainlyNotSent?: boolean; readonly refused?: boolean } = {},
): SendVerdict {
  const { certainlyNotSent = false, refused = false } = flags;
  return { settlement: { change, certainlyNotSent, refused }, signal };
}

function ofAnswer(packet: ClaimedPacket, answer: SendPacketAnswer, rules: DispatchRules, now: number): SendVerdict {
  const { status } = answer;
  if (answer.id !== null && answer.id !== packet.packetId) {
    return verdict(uncertain(packet, rules, now, { cause: 'foreign-id', gatewayStatus: status }), { kind: 'refused' });
  }
  if (status === '0') return verdict(accepted(answer, false), { kind: 'taken' });
  if (packet.test && (status === '11' || (status === '10' && packet.openTries > 1))) {
    return verdict(accepted(answer, true), { kind: 'taken' });
  }
  const pauseReason = status === '11' ? 'test-mode' : ownValue(ACCOUNT_REFUSED, status);
  if (pauseReason !== undefined) return ofAccountRefusal(packet, answer, pauseReason, { rules, now });
  if (status === '9') {
    const details = { cause: 'busy', gatewayStatus: status, delayMs: 2 * rules.uncertainDelayMs };
    return verdict(uncertain(packet, rules, now, details), { kind: 'slow' });
  }
  return ofPacketRefusal(packet, answer, rules, now);
}

/** The account is refused, not the packet. Only an answer with our id proves that this try was not taken. */
function ofAccountRefusal(
  packet: ClaimedPacket,
  { id, status }: SendPacketAnswer,
  reason: PauseReason,
  { rules, now }: { readonly rules: DispatchRules; readonly now: number },
): SendVerdict {
  const certainlyNotSent = id === packet.packetId;
  const change = (certainlyNotSent ? notTaken : uncertain)(packet, rules, now, {
    cause: reason,
    gatewayStatus: status,
  });
  const signal: AccountSignal = { kind: 'pause', reason, hint: pauseHint(status), gatewayStatus: status };
  return verdict(change, signal, { certainlyNotSent, refused: true });
}

/** The packet is refused. It is rejected at once only if certainly none of its tries was taken. */
function ofPacketRefusal(
  packet: ClaimedPacket,
  { id, status }: SendPacketAnswer,
  rules: DispatchRules,
  now: number,
): SendVerdict {
  const uncertainWith = (held: HeldRefusal) =>
    uncertain(packet, rules, now, { cause: `status-${status}`, gatewayStatus: status, held });
  if (status === '10') {
    const isIdUsedUp = packet.openTries === 1 && packet.refusals > 0;
    return verdict(uncertainWith(isIdUsedUp ? HeldRefusal.ID_USED_UP : HeldRefusal.of(status)), { kind: 'refused' });
  }
  const reason = ownValue(PACKET_REFUSED, status);
  if (reason === undefined) {
    const isSecond = packet.held?.isFirstOf(status) === true;
    const held = isSecond ? HeldRefusal.of(status) : HeldRefusal.once(status);
    return verdict(uncertainWith(held), { kind: 'refused', status });
  }
  const certainlyNotSent = id === packet.packetId;
  // 7 never rejects at once: the gateway may have taken some of the phones.
  if (status === '7') return verdict(uncertainWith(HeldRefusal.of(status)), { kind: 'refused' });
  if (certainlyNotSent && packet.openTries === 1) {
    const { hint } = statusMeaning('message', status);
    const change: PacketChange = { to: 'rejected', reason, gatewayStatus: status, hint };
    return verdict(change, { kind: 'refused', status }, { certainlyNotSent });
  }
  return verdict(uncertainWith(HeldRefusal.of(status)), { kind: 'refused' }, { certainlyNotSent });
}

function pauseHint(status: string): string {
  if (status === '11') return 'The gateway treats every send as a test: ask it to switch the account to real sending.';
  return statusMeaning('message', status).hint;
}

/** What happens to a packet after one POST. */
export function settleSend(
  packet: ClaimedPacket,
  outcome: PostOutcome,
  rules: DispatchRules,
  now: number,
): SendVerdict {
  switch (outcome.kind) {
    case 'answer':
      return ofAnswer(packet, outcome.answer, rules, now);
    case 'not-sent': {
      const signal: AccountSignal =
        outcome.httpStatus === null
          ? { kind: 'unreachable' }
          : { kind: outcome.httpStatus === 429 ? 'throttled' : 'not-processed' };
      return verdict(notTaken(packet, rules, now, { cause: outcome.cause }), signal, { certainlyNotSent: true });
    }
    case 'unknown':
      return verdict(
        uncertain(packet, rules, now, { cause: outcome.cause }),
        outcome.timedOut ? { kind: 'slow' } : { kind: 'refused' },
      );
  }
}
