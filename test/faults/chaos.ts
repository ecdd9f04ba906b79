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
/** How long, in ms, to wait for the moment of a kill. */
const MAX_WATCH_MS = 1_500;
/** A process is killed within this time, in ms, after it was given a `send()`. */
const STORING_MS = 40;
const REPORT_ROUTE_MS = 250;
/** Longer than a lease: when the process goes on, another one has taken over what it had leased. */
const FREEZE_MS = LEASE_MS + 1_500;
const FREEZE_AT = 0.15;
const REFUSALS_USE_IDS_AT = 0.5;

/** Moments at which a process is killed, in turn. Workers do not store, so that moment is left out for them. */
const MOMENTS = ['nextToStore', 'nextToPost', 'anyone'] as const;
const MOMENTS_OF_WORKERS = ['nextToPost', 'anyone'] as const;

/** What the chaos works with. */
export interface ChaosParts {
  readonly plan: RunPlan;
  readonly roles: Roles;
  readonly gateway: Gateway;
  readonly database: ScratchDatabase;
  readonly chance: Chance;
  readonly sender: Sender;
  /** Stops the chaos. */
  readonly until: AbortSignal;
}

/** What goes wrong in a run besides the gateway's own faults. */
export class Chaos {
  connectionsCut = 0;
  private cutsDone = 0;

  constructor(private readonly parts: ChaosParts) {}

  /** Does everything at once; resolves after `until` is aborted. */
  async run(): Promise<void> {
    await Promise.all([this.kill(), this.cut(), this.freeze(), this.changeGateway()]);
  }

  /** Sends the reports to one process after another, as a load balancer would; also to one that has just died. */
  async routeReports(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      const application = this.parts.roles.storing.oneUp();
      if (application !== undefined) await this.parts.gateway.pushReportsTo(application.url);
      await wait(REPORT_ROUTE_MS, over);
    }
  }

  /** Kills in turn: while a `send()` is being stored, while the gateway has a request in flight, and at any moment. */
  private async kill(): Promise<void> {
    for (let kills = 0; ; kills += 1) {
      await wait(this.parts.plan.killEveryMs * (0.5 + this.parts.chance.draw()), this.parts.until);
      if (this.parts.until.aborted) return;
      const moments = this.parts.plan.scheduler === 'bullmq' ? MOMENTS_OF_WORKERS : MOMENTS;
      const victim = await this[moments[kills % moments.length] ?? 'anyone']();
      if (victim !== undefined) await this.parts.roles.sending.kill(victim);
    }
  }

  private async nextToStore(): Promise<Application | undefined> {
    const given = new Promise<Application>((resolve) => {
      this.parts.sender.watchNextSend(resolve);
    });
    const victim = await Promise.race([given, wait(MAX_WATCH_MS, this.parts.until)]);
    await pause(this.parts.chance.draw() * STORING_MS);
    return victim ?? this.anyone();
  }

  private async nextToPost(): Promise<Application | undefined> {
    const giveUpAt = performance.now() + MAX_WATCH_MS;
    while (!this.parts.until.aborted && performance.now() < giveUpAt && (await this.parts.gateway.inFlight()) === 0) {
      await pause(1);
    }
    return this.anyone();
  }

  private async anyone(): Promise<Application | undefined> {
    return this.parts.roles.sending.any();
  }

  private async cut(): Promise<void> {
    for (; this.cutsDone < this.parts.plan.cuts; this.cutsDone += 1) {
      if (!(await this.reached((this.cutsDone + 1) / (this.parts.plan.cuts + 1)))) return;
      this.connectionsCut += await this.parts.database.cutConnections();
    }
  }

  /** With only one process nobody takes over, and a freeze is just a pause. */
  private async freeze(): Promise<void> {
    if (this.parts.plan.processes > 1 && (await this.reached(FREEZE_AT))) {
      await this.parts.roles.sending.freezeOne(FREEZE_MS);
    }
  }

  private async changeGateway(): Promise<void> {
    if (await this.reached(REFUSALS_USE_IDS_AT)) await this.parts.gateway.letRefusalsUseIds();
  }

  private async reached(progress: number): Promise<boolean> {
    while (!this.parts.until.aborted && this.parts.sender.progress < progress) await wait(LOOK_MS, this.parts.until);
    return !this.parts.until.aborted;
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
