import type { Clock } from '../message/clock.js';
import type { Priority } from '../message/priority.js';
import type { PauseReason } from '../message/reason.js';
import type { AccountStore } from '../store/account/account.store.js';
import { WHOLE_ACCOUNT, type Pause } from '../store/account/pause-rows.js';
import type { QueueStore } from '../store/packets/queue.store.js';
import type { Dispatcher } from './dispatcher.js';

/** A pause of the account, or of one of its senders. */
export interface DispatchPause {
  readonly reason: PauseReason;
  readonly since: Date;
  /** When the gateway is asked next whether the pause is over. */
  readonly nextProbeAt: Date;
  /** Whether one packet at a time is sent, to see whether the pause is over. */
  readonly onTrial: boolean;
  /** The sender, if only one is paused and not the whole account. */
  readonly sender?: string;
}

/** The state of sending. Packets are counted over the whole account, requests in flight over this process. */
export interface DispatchState {
  /** `stopped`: this process does not send. `paused`: the whole account is paused. */
  readonly state: 'running' | 'paused' | 'stopped';
  /** Everything that is paused: the account, or some of its senders. */
  readonly pauses: readonly DispatchPause[];
  /** Requests in flight from this process. */
  readonly inFlight: number;
  /** Requests in flight that this process allows itself now, at most; `null` before its first look at the account. */
  readonly concurrency: number | null;
  /** Packets that wait to be sent, also those with a later `sendAt`, by priority. */
  readonly queued: Readonly<Record<Priority, number>>;
  /** How long, in ms, the oldest due packet has waited; 0 when none is due. */
  readonly oldestWaitMs: number;
  /** Packets that are being sent, by any process. */
  readonly sending: number;
  /** Packets that the gateway may or may not have taken. */
  readonly uncertain: number;
  /** When the next packet is due to be sent or probed, or `null`. */
  readonly nextDueAt: Date | null;
}

/** What the state is read from. */
export interface DispatchStateParts {
  readonly dispatcher: Dispatcher;
  readonly queue: QueueStore;
  readonly accounts: AccountStore;
  readonly clock: Clock;
}

/** The state of sending, for health checks and dashboards. */
export class SmsProDispatch {
  constructor(
    private readonly enabled: boolean,
    private readonly parts: DispatchStateParts,
  ) {}

  /**
   * The state now.
   * @throws SmsProStoreError if the database fails
   */
  async getDispatchState(): Promise<DispatchState> {
    const { dispatcher, queue, accounts, clock } = this.parts;
    const now = clock.now();
    const pauses = await accounts.pauses();
    const counts = await queue.counts();
    const nextDueAt = await queue.nextDueAt(true);
    const isPaused = pauses.some(({ scope, state }) => scope === WHOLE_ACCOUNT && state === 'paused');
    const isRunning = this.enabled && !dispatcher.isStopped;
    return {
      state: !isRunning ? 'stopped' : isPaused ? 'paused' : 'running',
      pauses: pauses.map(pauseOf),
      inFlight: dispatcher.inFlightCount,
      concurrency: dispatcher.sendingLimits?.limit ?? null,
      queued: counts.queued,
      oldestWaitMs: counts.oldestDueAt === null ? 0 : Math.max(0, now - counts.oldestDueAt),
      sending: counts.sending,
      uncertain: counts.uncertain,
      nextDueAt: nextDueAt === null ? null : new Date(nextDueAt),
    };
  }
}

function pauseOf({ scope, state, reason, since, nextProbeAt }: Pause): DispatchPause {
  return {
    reason,
    since: new Date(since),
    nextProbeAt: new Date(nextProbeAt),
    onTrial: state === 'trial',
    ...(scope === WHOLE_ACCOUNT ? {} : { sender: scope }),
  };
}
