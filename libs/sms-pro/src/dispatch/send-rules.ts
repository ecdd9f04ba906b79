import { SEND_STATUS } from '../gateway/send-status.js';
import { statusMeaning } from '../gateway/status-hint.js';
import type { SendPacketAnswer } from '../gateway/message.codec.js';
import type { PauseReason, Reason } from '../message/reason.js';
import type { ClaimedPacket } from '../store/claimed-packet.js';
import type { PacketChange, Settlement } from '../store/packet-change.js';
import type { PostOutcome } from './post-outcome.js';

/** The numbers the rules of sending need. */
export interface DispatchRules {
  readonly uncertainDelayMs: number;
  readonly repeatAfterMs: number;
}

/** What an outcome says of the account, beyond the packet. */
export type Pulse =
  | { readonly kind: 'taken' }
  /** `status`: a refusal that, met by many packets in a row, says that something is wrong beyond them. */
  | { readonly kind: 'refused'; readonly status?: string }
  /** The gateway is busy: fewer requests at once. */
  | { readonly kind: 'slow' }
  /** The gateway asks for fewer requests (429), and took none of this one. */
  | { readonly kind: 'throttled' }
  /** The gateway cannot be reached: one try at a time, ever further apart. */
  | { readonly kind: 'unreachable' }
  /** The gateway's address answers, but not as the gateway. */
  | { readonly kind: 'not-processed' }
  | { readonly kind: 'pause'; readonly reason: PauseReason; readonly hint: string; readonly gatewayStatus: string };

/** What becomes of a packet and of the account. */
export interface SendVerdict {
  readonly settlement: Settlement;
  readonly pulse: Pulse;
}

/** Refusals that shut the account and leave the packet as it was. Source: the partner API, table "статусы отправки". */
const ACCOUNT_SHUT: Readonly<Record<string, PauseReason>> = {
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

/** 10 after nothing but read refusals: a refusal used the id up, and nothing was sent under it. */
export const ID_USED_UP = '10!';

/** The mark before a status nobody knows that has been met once: met again after a repeat, it is believed. */
const ONCE = '?';

function ownValue<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** The reason a held refusal ends a packet with, or `null` where it may not end it. */
export function reasonOfHeld(heldStatus: string): Reason | null {
  if (heldStatus === '10' || heldStatus === ID_USED_UP || heldStatus.startsWith(ONCE)) return null;
  return ownValue(PACKET_REFUSED, heldStatus) ?? `gateway-${heldStatus}`;
}

/** A held status as the gateway wrote it. */
export function rawStatus(heldStatus: string): string {
  return heldStatus === ID_USED_UP ? '10' : heldStatus.replace(ONCE, '');
}

interface UncertainSigns {
  readonly cause: string;
  readonly gatewayStatus?: string;
  readonly heldStatus?: string;
  readonly delayMs?: number;
}

function uncertain(packet: ClaimedPacket, rules: DispatchRules, now: number, signs: UncertainSigns): PacketChange {
  return {
    to: 'uncertain',
    dueAt: now + (signs.delayMs ?? rules.uncertainDelayMs),
    triedAt: now,
    cause: signs.cause,
    gatewayStatus: signs.gatewayStatus ?? null,
    heldStatus: signs.heldStatus ?? packet.heldStatus,
  };
}

/** A try that was certainly not taken: back into the queue, unless an earlier one may have been. */
function notTaken(
  packet: ClaimedPacket,
  rules: DispatchRules,
  now: number,
  cause: string,
  gatewayStatus: string | null,
): PacketChange {
  if (packet.openTries === 1) return { to: 'queued', dueAt: now, gatewayStatus };
  return uncertain(packet, rules, now, { cause, ...(gatewayStatus === null ? {} : { gatewayStatus }) });
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
  pulse: Pulse,
  flags: { certainlyNot?: boolean; refused?: boolean } = {},
): SendVerdict {
  return {
    settlement: { change, certainlyNot: flags.certainlyNot ?? false, refused: flags.refused ?? false },
    pulse,
  };
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
  // Only a refusal that was read and names our packet takes a try back.
  const certainlyNot = answer.id === packet.packetId;
  const believed = certainlyNot && packet.openTries === 1;
  const shut = status === '11' ? 'test-mode' : ownValue(ACCOUNT_SHUT, status);
  if (shut !== undefined) {
    const change = certainlyNot
      ? notTaken(packet, rules, now, shut, status)
      : uncertain(packet, rules, now, { cause: shut, gatewayStatus: status });
    const pulse: Pulse = { kind: 'pause', reason: shut, hint: pauseHint(status), gatewayStatus: status };
    return verdict(change, pulse, { certainlyNot, refused: true });
  }
  if (status === '9') {
    const change = uncertain(packet, rules, now, {
      cause: 'busy',
      gatewayStatus: status,
      delayMs: 2 * rules.uncertainDelayMs,
    });
    return verdict(change, { kind: 'slow' });
  }
  const held = (heldStatus: string) =>
    uncertain(packet, rules, now, { cause: `status-${status}`, gatewayStatus: status, heldStatus });
  if (status === '10') {
    const usedUp = packet.openTries === 1 && packet.refusals > 0;
    return verdict(held(usedUp ? ID_USED_UP : '10'), { kind: 'refused' });
  }
  const reason = ownValue(PACKET_REFUSED, status);
  if (reason === undefined) {
    const again = packet.heldStatus === `${ONCE}${status}`;
    return verdict(held(again ? status : `${ONCE}${status}`), { kind: 'refused', status });
  }
  // 7 is never decided at once: some of the phones may have been taken.
  if (believed && status !== '7') {
    const { hint } = statusMeaning('message', status);
    return verdict(
      { to: 'rejected', reason, gatewayStatus: status, hint },
      { kind: 'refused', status },
      { certainlyNot },
    );
  }
  return verdict(held(status), { kind: 'refused' }, { certainlyNot: certainlyNot && status !== '7' });
}

function pauseHint(status: string): string {
  if (status === '11') return 'The gateway treats every send as a test: ask it to switch the account to real sending.';
  return statusMeaning('message', status).hint;
}

/** What becomes of a packet after one POST. The order of the table is the order of the design. */
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
      const pulse: Pulse =
        outcome.httpStatus === null
          ? { kind: 'unreachable' }
          : { kind: outcome.httpStatus === 429 ? 'throttled' : 'not-processed' };
      return verdict(notTaken(packet, rules, now, outcome.cause, null), pulse, { certainlyNot: true });
    }
    case 'unknown':
      return verdict(
        uncertain(packet, rules, now, { cause: outcome.cause }),
        outcome.timedOut ? { kind: 'slow' } : { kind: 'refused' },
      );
  }
}
