import type { Clock } from '../message/clock.js';
import type { Priority } from '../message/priority.js';
import type { PauseReason } from '../message/reason.js';
import { WHOLE_ACCOUNT, type AccountStore, type Pause } from '../store/account.store.js';
import type { ClaimStore } from '../store/claim.store.js';
import type { QueueStore } from '../store/queue.store.js';
import type { Dispatcher } from './dispatcher.js';

/** Why the account, or one sender of it, does not send. */
export interface DispatchPause {
  readonly reason: PauseReason;
  readonly since: Date;
  /** When the gateway is asked again. */
  readonly nextProbeAt: Date;
  /** One packet at a time shows whether it sends again. */
  readonly onTrial: boolean;
  /** Set where one sender alone is paused. */
  readonly sender?: string;
}

/** How sending stands. What is counted is of the whole account; what is in flight, of this process. */
export interface DispatchState {
  readonly state: 'running' | 'paused' | 'stopped';
  /** Everything that is paused: the account, or some of its senders. */
  readonly pauses: readonly DispatchPause[];
  /** Requests in flight from this process. */
  readonly inFlight: number;
  /** Most requests in flight that this process allows itself now; `null` before the first look. */
  readonly concurrency: number | null;
  /** Packets that wait, by priority. */
  readonly queued: Readonly<Record<Priority, number>>;
  /** How long, in ms, the oldest due packet has waited; 0 when none is due. */
  readonly oldestWaitMs: number;
  /** Packets on their way, from any process. */
  readonly sending: number;
  /** Packets of which nobody knows whether the gateway took them. */
  readonly uncertain: number;
  /** When the next packet is due, or `null`. */
  readonly nextDueAt: Date | null;
}

/** Says how sending stands: for health checks and dashboards. */
export class SmsProDispatch {
  constructor(
    private readonly enabled: boolean,
    private readonly dispatcher: Dispatcher,
    private readonly claims: ClaimStore,
    private readonly queue: QueueStore,
    private readonly accounts: AccountStore,
    private readonly clock: Clock,
  ) {}

  /** How sending stands now. */
  async getDispatchState(): Promise<DispatchState> {
    const now = this.clock.now();
    const pauses = await this.accounts.pauses();
    const counts = await this.queue.counts();
    const nextDueAt = await this.claims.nextDueAt(true);
    const isShut = pauses.some(({ scope, state }) => scope === WHOLE_ACCOUNT && state === 'paused');
    const isRunning = this.enabled && !this.dispatcher.isStopped;
    return {
      state: !isRunning ? 'stopped' : isShut ? 'paused' : 'running',
      pauses: pauses.map(pauseOf),
      inFlight: this.dispatcher.inFlightCount,
      concurrency: this.dispatcher.pulseState?.limit ?? null,
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
