import { setTimeout as pause } from 'node:timers/promises';
import type { Chance } from './chance.js';
import type { ScratchDatabase } from './databases.js';
import type { Roles } from './roles.js';
import type { Gateway } from './gateway.js';
import type { Application } from './application.js';
import type { RunPlan } from './options.js';
import type { Sender } from './sender.js';
import { LEASE_MS } from './settings.js';

const LOOK_MS = 50;
/** Longest wait for the moment that a kill is meant for. */
const LONGEST_WATCH_MS = 1_500;
/** Up to so long after a `send()` was given, its process is killed. */
const STORING_MS = 40;
const REPORT_ROUTE_MS = 250;
/** Longer than a lease: when it goes on, another process has taken over what it held. */
const FREEZE_MS = LEASE_MS + 1_500;
const FREEZE_AT = 0.15;
const REFUSALS_USE_IDS_AT = 0.5;

/** Moments at which a process is killed, in turn. A worker is never the one that stores. */
const MOMENTS = ['nextToStore', 'nextToPost', 'anyone'] as const;
const MOMENTS_OF_WORKERS = ['nextToPost', 'anyone'] as const;

/** What is done to a run, beside the gateway's own faults. */
export class Havoc {
  connectionsCut = 0;
  private cutsDone = 0;

  constructor(
    private readonly plan: RunPlan,
    private readonly roles: Roles,
    private readonly gateway: Gateway,
    private readonly database: ScratchDatabase,
    private readonly chance: Chance,
    private readonly sender: Sender,
    private readonly until: AbortSignal,
  ) {}

  /** Everything at once; resolves when `until` is aborted. */
  async wreak(): Promise<void> {
    await Promise.all([this.kill(), this.cut(), this.freeze(), this.changeGateway()]);
  }

  /** Moves the reports from process to process, as a balancer would; to one that has just died too. */
  async routeReports(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      const application = this.roles.storing.oneUp();
      if (application !== undefined) await this.gateway.pushReportsTo(application.url);
      await wait(REPORT_ROUTE_MS, over);
    }
  }

  /** In turn: while a send() is stored, while the gateway holds a request, and at any moment. */
  private async kill(): Promise<void> {
    for (let kills = 0; ; kills += 1) {
      await wait(this.plan.killEveryMs * (0.5 + this.chance.draw()), this.until);
      if (this.until.aborted) return;
      const moments = this.plan.scheduler === 'bullmq' ? MOMENTS_OF_WORKERS : MOMENTS;
      const victim = await this[moments[kills % moments.length] ?? 'anyone']();
      if (victim !== undefined) await this.roles.sending.kill(victim);
    }
  }

  private async nextToStore(): Promise<Application | undefined> {
    const given = new Promise<Application>((resolve) => {
      this.sender.watchNextSend(resolve);
    });
    const victim = await Promise.race([given, wait(LONGEST_WATCH_MS, this.until)]);
    await pause(this.chance.draw() * STORING_MS);
    return victim ?? this.anyone();
  }

  private async nextToPost(): Promise<Application | undefined> {
    const giveUpAt = performance.now() + LONGEST_WATCH_MS;
    while (!this.until.aborted && performance.now() < giveUpAt && (await this.gateway.inFlight()) === 0) await pause(1);
    return this.anyone();
  }

  private async anyone(): Promise<Application | undefined> {
    return this.roles.sending.any();
  }

  private async cut(): Promise<void> {
    for (; this.cutsDone < this.plan.cuts; this.cutsDone += 1) {
      if (!(await this.reached((this.cutsDone + 1) / (this.plan.cuts + 1)))) return;
      this.connectionsCut += await this.database.cutConnections();
    }
  }

  /** With one process alone nobody takes over, and a sleep is only a pause. */
  private async freeze(): Promise<void> {
    if (this.plan.processes > 1 && (await this.reached(FREEZE_AT))) await this.roles.sending.freezeOne(FREEZE_MS);
  }

  private async changeGateway(): Promise<void> {
    if (await this.reached(REFUSALS_USE_IDS_AT)) await this.gateway.letRefusalsUseIds();
  }

  private async reached(progress: number): Promise<boolean> {
    while (!this.until.aborted && this.sender.progress < progress) await wait(LOOK_MS, this.until);
    return !this.until.aborted;
  }
}

/** A pause that an abort ends early. */
async function wait(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await pause(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
