import { HeldRefusal } from '../../message/held-refusal.js';
import type { PacketChange, Settlement } from './packet-change.js';

/** A try that the gateway certainly did not take: the packet goes back into the queue. */
export function notSent(dueAt = 0): Settlement {
  return { change: { to: 'queued', dueAt, gatewayStatus: null }, certainlyNotSent: true, refused: false };
}

/** A try that the gateway refused for its sender name. */
export const SENDER_REFUSED: Settlement = {
  change: { to: 'rejected', reason: 'sender', gatewayStatus: '5', hint: '' },
  certainlyNotSent: true,
  refused: false,
};

/** A try whose answer was lost. The gateway is asked when `waitMs` have passed. */
export function answerLost(triedAt: number, waitMs = 0): Settlement {
  return uncertain({ triedAt, dueAt: triedAt + waitMs, cause: 'timeout' });
}

/** A probe that told nothing. The gateway is asked again when `waitMs` have passed. */
export function probeLost(now: number, waitMs: number): Settlement {
  return uncertain({ triedAt: null, dueAt: now + waitMs, cause: 'timeout' });
}

/** A try that the gateway refused for some of its phones (status 7). The gateway is asked at once. */
export function phonesRefused(triedAt: number): Settlement {
  return uncertain({ triedAt, dueAt: triedAt, cause: 'status 7', gatewayStatus: '7', held: HeldRefusal.of('7') });
}

type Uncertain = Extract<PacketChange, { to: 'uncertain' }>;

function uncertain(change: Pick<Uncertain, 'triedAt' | 'dueAt' | 'cause'> & Partial<Uncertain>): Settlement {
  return {
    change: { to: 'uncertain', gatewayStatus: null, held: null, ...change },
    certainlyNotSent: false,
    refused: false,
  };
}
