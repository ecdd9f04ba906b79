import { backOffMs, withJitter } from '../message/back-off.js';
import type { Clock } from '../message/clock.js';
import { WHOLE_ACCOUNT, type Pause } from '../store/account/pause-rows.js';
import { AccountPauses, type AccountPausesParts, type PauseRules } from './account-pauses.js';
import type { AccountSignal } from './account-signal.js';
import { InFlightWindow } from './in-flight-window.js';

/** The numbers that the limiter needs. */
export interface LimiterRules extends PauseRules {
  readonly concurrency: number;
  readonly retryDelayMs: number;
}

/** What the limiter works with. */
export interface LimiterParts extends AccountPausesParts {
  readonly clock: Clock;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
}

/** The longest delay, in ms, before a gateway that cannot be reached is tried again. */
const MAX_BACK_OFF_MS = 5 * 60_000;

/** So many answers in a row that are not the gateway's pause the account. */
const ENDPOINT_FAULTS = 5;

const ENDPOINT_HINT =
  'Something answers at the address, but not the gateway: check "baseUrl", and any proxy or firewall in between.';

/** Signals after which the gateway does not count as reached. */
const NOT_REACHED: ReadonlySet<AccountSignal['kind']> = new Set(['unreachable', 'not-processed', 'throttled']);

/** What the account allows now. */
export interface SendingLimits {
  /** Requests in flight, at most. */
  readonly limit: number;
  /** Whether queued packets may be sent. If not, uncertain ones may still be probed. */
  readonly mayPost: boolean;
  /** Senders that are paused or on trial: their packets are not claimed with the others. */
  readonly pausedSenders: readonly string[];
  /** Senders on trial: one packet at a time shows whether they may send again. */
  readonly trialSenders: readonly string[];
  /** The account is on trial: one packet at a time, over all instances, shows whether it may send again. */
  readonly trial: boolean;
  /** When there is something to do again although nothing may be sent now (epoch ms), or `null`. */
  readonly retryAt: number | null;
  readonly pauses: readonly Pause[];
}

/**
 * How much may be sent now. The number of requests in flight adapts to the gateway; a gateway that cannot be reached
 * is tried with one packet at a time and growing delays; while the account is paused, the gateway is asked from time to
 * time whether the pause is over.
 */
export class AccountLimiter {
  private readonly window: InFlightWindow;
  private readonly pauses: AccountPauses;
  private readonly clock: Clock;
  private readonly random: () => number;
  /** Tries in a row that did not reach the gateway. */
  private unreachable = 0;
  private endpointFaults = 0;
  private backOffUntil = 0;

  constructor(
    private readonly rules: LimiterRules,
    { random = Math.random, ...parts }: LimiterParts,
  ) {
    this.clock = parts.clock;
    this.random = random;
    this.window = new InFlightWindow(rules.concurrency, parts.clock);
    this.pauses = new AccountPauses(rules, parts);
  }

  /** What the account allows now. If the account is paused and a probe is due, asks the gateway first. */
  async limits(): Promise<SendingLimits> {
    const pauses = await this.pauses.current();
    const whole = pauses.find((pause) => pause.scope === WHOLE_ACCOUNT);
    const senders = pauses.filter(({ scope }) => scope !== WHOLE_ACCOUNT);
    const isBackingOff = this.clock.now() < this.backOffUntil;
    const isPaused = whole?.state === 'paused';
    return {
      limit: whole !== undefined || this.unreachable > 0 ? 1 : this.window.size,
      mayPost: !isPaused && !isBackingOff,
      pausedSenders: senders.map(({ scope }) => scope),
      trialSenders: senders.filter(({ state }) => state === 'trial').map(({ scope }) => scope),
      trial: whole?.state === 'trial',
      retryAt: isPaused ? whole.nextProbeAt : isBackingOff ? this.backOffUntil : null,
      pauses,
    };
  }

  /** Records the result of one request. */
  async record(signal: AccountSignal, packet: { readonly packetId: string; readonly sender: string }): Promise<void> {
    if (!NOT_REACHED.has(signal.kind)) this.unreachable = 0;
    if (signal.kind !== 'not-processed') this.endpointFaults = 0;
    switch (signal.kind) {
      case 'taken':
        this.window.grow();
        return this.pauses.taken(packet.sender);
      case 'refused':
        return signal.status === undefined ? undefined : this.pauses.refused(signal.status, packet);
      case 'slow':
        return this.window.shrink();
      case 'throttled':
        this.window.shrink();
        return this.backOff();
      case 'unreachable':
        return this.backOff();
      case 'not-processed':
        this.endpointFaults += 1;
        this.backOff();
        if (this.endpointFaults < ENDPOINT_FAULTS) return;
        return this.pauses.pause(WHOLE_ACCOUNT, { reason: 'endpoint', hint: ENDPOINT_HINT, gatewayStatus: null });
      case 'pause':
        return this.pauses.pause(WHOLE_ACCOUNT, signal);
    }
  }

  private backOff(): void {
    const delay = backOffMs(this.rules.retryDelayMs, this.unreachable, MAX_BACK_OFF_MS);
    this.unreachable += 1;
    this.backOffUntil = this.clock.now() + withJitter(delay, this.random);
  }
}
