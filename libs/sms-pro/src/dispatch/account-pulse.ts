import type { SmsProLogger } from '../options/sms-pro.logger.js';
import type { Clock } from '../message/clock.js';
import { WHOLE_ACCOUNT, type AccountStore, type Pause } from '../store/account.store.js';
import type { GatewayClient } from '../gateway/gateway-client.js';
import { SmsProError } from '../errors/sms-pro.errors.js';
import { isListed, statusMeaning } from '../gateway/status-hint.js';
import { compareDecimals, timesDecimal } from '../message/decimal.js';
import type { PauseReason } from '../message/reason.js';
import type { Pulse } from './send-rules.js';

/** The numbers the pulse needs. */
export interface PulseRules {
  readonly concurrency: number;
  readonly retryDelayMs: number;
  readonly pauseProbeMs: number;
}

const LONGEST_BACKOFF_MS = 5 * 60_000;
const LONGEST_PAUSE_PROBE_MS = 10 * 60_000;
/** How long, in ms, further signs that the gateway is busy belong to the same moment. */
const SLOW_AGE_MS = 1_000;
/** How long, in ms, pauses read from the database are believed: another instance may end them. */
const PAUSES_AGE_MS = 1_000;
/** Answers in a row that are not the gateway's before the account is paused. */
const ENDPOINT_FAULTS = 5;

/** Different packets in a row with the same refusal before the account, or the sender, is paused. */
const REFUSED_STREAK = 20;
/** Different packets in a row with the same status that nobody knows. */
const UNKNOWN_STREAK = 10;
/** How often, in ms, an account that is out of money is tried although the balance does not show enough. */
const FUNDS_TRIAL_MS = 10 * 60_000;

/** Refusals that speak of the account or the sender when many packets get them. */
const STREAK_REASONS: ReadonlyMap<string, PauseReason> = new Map([
  ['1', 'format'],
  ['5', 'sender'],
  ['8', 'time'],
]);

const ENDPOINT_HINT =
  'The address answers, but not as the gateway: check "baseUrl", and any proxy or firewall on the way.';

/** What the account allows now. */
export interface PulseState {
  /** Most requests in flight. */
  readonly limit: number;
  /** Whether queued packets may be sent. */
  readonly mayPost: boolean;
  /** Senders that are paused, or of which only one packet at a time may be tried. */
  readonly pausedSenders: readonly string[];
  /** Senders of which one packet at a time may show whether they send again. */
  readonly trialSenders: readonly string[];
  /** One packet at a time, over all instances, may show whether the account sends again. */
  readonly trial: boolean;
  /** When there is something to do again although nothing may be sent now (epoch ms), or `null`. */
  readonly retryAt: number | null;
  readonly pauses: readonly Pause[];
}

/**
 * How much may be sent at once. Requests in flight grow by one after as many good answers as there are slots,
 * and halve when the gateway is busy; a gateway that cannot be reached is tried one packet at a time, ever
 * further apart; a shut account is asked whether it sends again.
 */
export class AccountPulse {
  private window: number;
  private good = 0;
  private unreachable = 0;
  private endpointFaults = 0;
  private backoffUntil = 0;
  private slowedAt = Number.NEGATIVE_INFINITY;
  private triedAt = Number.NEGATIVE_INFINITY;
  private readonly streaks = new Map<string, { readonly status: string; readonly packets: Set<string> }>();
  private pauses: readonly Pause[] = [];
  private pausesReadAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly rules: PulseRules,
    private readonly accounts: AccountStore,
    private readonly client: Pick<GatewayClient, 'getAccount'>,
    /** Segments of the packet that would be sent next, over all its phones. */
    private readonly nextUnits: () => Promise<number | null>,
    private readonly clock: Clock,
    private readonly logger: SmsProLogger,
    private readonly random: () => number = Math.random,
  ) {
    this.window = Math.max(1, Math.ceil(rules.concurrency / 2));
  }

  /** What the account allows now. Asks a shut account first, when that is due. */
  async state(): Promise<PulseState> {
    await this.refresh();
    for (const pause of this.pauses) await this.probeWhenDue(pause);
    const whole = this.pauses.find((pause) => pause.scope === WHOLE_ACCOUNT);
    const senders = this.pauses.filter(({ scope }) => scope !== WHOLE_ACCOUNT);
    const pausedSenders = senders.map(({ scope }) => scope);
    const trialSenders = senders.filter(({ state }) => state === 'trial').map(({ scope }) => scope);
    const now = this.clock.now();
    const waiting = now < this.backoffUntil;
    const mayPost = whole?.state !== 'paused' && !waiting;
    const limit = whole !== undefined || this.unreachable > 0 ? 1 : this.window;
    const retryAt = whole?.state === 'paused' ? whole.nextProbeAt : waiting ? this.backoffUntil : null;
    const trial = whole?.state === 'trial';
    return { limit, mayPost, pausedSenders, trialSenders, trial, retryAt, pauses: this.pauses };
  }

  /** Takes in what one try said of the account. */
  async feel(
    pulse: Pulse,
    { packetId, sender }: { readonly packetId: string; readonly sender: string },
  ): Promise<void> {
    if (!['unreachable', 'not-processed', 'throttled'].includes(pulse.kind)) this.unreachable = 0;
    if (pulse.kind !== 'not-processed') this.endpointFaults = 0;
    switch (pulse.kind) {
      case 'taken':
        this.grow();
        this.streaks.delete(WHOLE_ACCOUNT);
        this.streaks.delete(sender);
        return this.resumeAfterTrial(sender);
      case 'refused':
        return pulse.status === undefined ? undefined : this.refused(pulse.status, packetId, sender);
      case 'slow':
        return this.slowDown();
      case 'throttled':
        this.slowDown();
        return this.backOff();
      case 'unreachable':
        return this.backOff();
      case 'not-processed':
        this.endpointFaults += 1;
        this.backOff();
        if (this.endpointFaults < ENDPOINT_FAULTS) return;
        return this.pause(WHOLE_ACCOUNT, { reason: 'endpoint', hint: ENDPOINT_HINT, gatewayStatus: null });
      case 'pause':
        return this.pause(WHOLE_ACCOUNT, pulse);
    }
  }

  private grow(): void {
    this.good += 1;
    if (this.good < this.window) return;
    this.good = 0;
    this.window = Math.min(this.window + 1, this.rules.concurrency);
  }

  /** One bad moment is one sign, however many requests were in flight when it came. */
  private slowDown(): void {
    const now = this.clock.now();
    if (now - this.slowedAt < SLOW_AGE_MS) return;
    this.slowedAt = now;
    this.window = Math.max(1, Math.floor(this.window / 2));
    this.good = 0;
  }

  private backOff(): void {
    const delay = Math.min(this.rules.retryDelayMs * 2 ** this.unreachable, LONGEST_BACKOFF_MS);
    this.unreachable += 1;
    // Half of it at random, so that several instances do not come back at once.
    this.backoffUntil = this.clock.now() + delay / 2 + (delay / 2) * this.random();
  }

  private async pause(scope: string, cause: Parameters<AccountStore['pause']>[1]): Promise<void> {
    const now = this.clock.now();
    const known = this.pauses.some((pause) => pause.scope === scope);
    await this.accounts.pause(scope, cause, now, now + this.rules.pauseProbeMs);
    this.pausesReadAt = Number.NEGATIVE_INFINITY;
    const what = scope === WHOLE_ACCOUNT ? 'Sending' : `Sending as ${scope}`;
    if (!known) this.logger.error(`${what} is paused (${cause.reason}). ${cause.hint}`);
  }

  /** Many different packets refused in a row for one thing: the rest is not burnt on it. */
  private async refused(status: string, packetId: string, sender: string): Promise<void> {
    const scope = status === '5' ? sender : WHOLE_ACCOUNT;
    const reason = STREAK_REASONS.get(status);
    if (reason === undefined && isListed('message', status)) return;
    const streak = this.streaks.get(scope);
    const packets = streak?.status === status ? streak.packets : new Set<string>();
    packets.add(packetId);
    this.streaks.set(scope, { status, packets });
    if (packets.size < (reason === undefined ? UNKNOWN_STREAK : REFUSED_STREAK)) return;
    const { hint } = statusMeaning('message', status);
    await this.pause(scope, { reason: reason ?? `gateway-${status}`, hint, gatewayStatus: status });
  }

  private async resumeAfterTrial(sender: string): Promise<void> {
    const ended = this.pauses.filter((pause) => pause.scope === WHOLE_ACCOUNT || pause.scope === sender);
    for (const pause of ended) {
      await this.accounts.resume(pause.scope, this.clock.now());
      this.logger.log(`Sending goes on (it was paused: ${pause.reason}).`);
    }
    if (ended.length > 0) this.pausesReadAt = Number.NEGATIVE_INFINITY;
  }

  private async refresh(): Promise<void> {
    const now = this.clock.now();
    if (now - this.pausesReadAt < PAUSES_AGE_MS) return;
    this.pauses = await this.accounts.pauses();
    this.pausesReadAt = now;
  }

  /** Asks `/api/info` whether a shut account is open again; then one packet at a time tries it. */
  private async probeWhenDue(pause: Pause): Promise<void> {
    const now = this.clock.now();
    if (pause.state !== 'paused' || pause.nextProbeAt > now) return;
    const delay = Math.min(this.rules.pauseProbeMs * 2 ** (pause.probes + 1), LONGEST_PAUSE_PROBE_MS);
    if (!(await this.accounts.takeProbe(pause, now + delay, now))) return;
    if (await this.mayTry(pause)) {
      this.triedAt = this.clock.now();
      await this.accounts.beginTrial(pause.scope, this.triedAt);
    }
    this.pausesReadAt = Number.NEGATIVE_INFINITY;
    await this.refresh();
  }

  /** Whether one packet may be tried: the account answers, and has the money, or has not been tried for a while. */
  private async mayTry(pause: Pause): Promise<boolean> {
    try {
      const { status, balance, smsPrice } = await this.client.getAccount();
      if (status !== '0') return false;
      if (pause.reason !== 'funds') return true;
      // The balance leaves credit out, so an account that seems too poor is tried all the same, now and then.
      if (this.clock.now() - Math.max(this.triedAt, pause.since) >= FUNDS_TRIAL_MS) return true;
      const units = await this.nextUnits();
      if (balance === null || smsPrice === null || units === null) return false;
      return compareDecimals(balance, timesDecimal(smsPrice, units)) >= 0;
    } catch (error) {
      if (error instanceof SmsProError) return false;
      throw error;
    }
  }
}
