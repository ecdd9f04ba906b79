import { setTimeout as pause } from 'node:timers/promises';
import { Application } from './application.js';
import type { Chance } from './chance.js';
import type { Children } from './children.js';

/** How every process of a fleet is started. */
export interface FleetRequest {
  readonly processes: number;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: number;
}

/** Counts of what happened to the processes. */
export interface FleetFigures {
  starts: number;
  kills: number;
  freezes: number;
  /** Starts that failed, for example because the database was cut off at that moment. */
  failedStarts: number;
}

const RESTART_DELAY_MS = 200;
const LOOK_MS = 20;
/** So many failed starts in a row are no accident. */
const MAX_FAILED_STARTS = 10;

/** The application's processes: one that ends is started again until the fleet is closed. */
export class Fleet {
  readonly figures: FleetFigures = { starts: 0, kills: 0, freezes: 0, failedStarts: 0 };
  /** Processes that ended although the suite did not end them. */
  readonly endedByThemselves: string[] = [];
  /** Set when no process can be started any more. */
  broken: Error | null = null;
  private readonly applications = new Set<Application>();
  private readonly keepers: Promise<void>[] = [];
  private open = true;

  constructor(
    private readonly children: Children,
    private readonly request: FleetRequest,
    private readonly chance: Chance,
  ) {
    for (let slot = 1; slot <= request.processes; slot += 1) this.keepers.push(this.keep(slot));
  }

  /** A process that can take commands; waits until there is one. */
  async any(): Promise<Application> {
    for (;;) {
      const up = this.oneUp();
      if (up !== undefined) return up;
      if (this.broken !== null) throw this.broken;
      if (!this.open) throw new Error('The fleet is closed.');
      await pause(LOOK_MS);
    }
  }

  oneUp(): Application | undefined {
    return this.chance.oneOf([...this.applications].filter((application) => application.isUp));
  }

  /** Ends a process as a power cut does. */
  async kill(application: Application): Promise<void> {
    if (!application.isUp) return;
    this.figures.kills += 1;
    await application.kill();
  }

  /** Freezes one process for a time; then it goes on as if nothing had happened. */
  async freezeOne(forMs: number): Promise<void> {
    const application = await this.any();
    this.figures.freezes += 1;
    application.freeze();
    try {
      await pause(forMs);
    } finally {
      application.thaw();
    }
  }

  /** Ends all processes as a deployment does; none is started again. */
  async close(): Promise<void> {
    this.open = false;
    await Promise.all([...this.applications].map((application) => application.close().catch(() => {})));
    await Promise.all(this.keepers);
  }

  private async keep(slot: number): Promise<void> {
    let failures = 0;
    while (this.open) {
      const application = await this.start(slot);
      if (application === null) {
        failures += 1;
        if (failures >= MAX_FAILED_STARTS) {
          this.broken = new Error(`Application ${slot} could not be started ${failures} times in a row: see its log.`);
          return;
        }
      } else {
        failures = 0;
        await this.life(application);
      }
      if (this.open) await pause(RESTART_DELAY_MS);
    }
  }

  private async start(slot: number): Promise<Application | null> {
    this.figures.starts += 1;
    try {
      return await Application.start(`application ${slot}`, this.children, this.request.env, this.request.logFile);
    } catch {
      this.figures.failedStarts += 1;
      return null;
    }
  }

  private async life(application: Application): Promise<void> {
    this.applications.add(application);
    // The fleet may have been closed while it started.
    if (!this.open) await application.close().catch(() => {});
    await new Promise<void>((resolve) => {
      application.onEnd((unwanted) => {
        if (unwanted !== null) this.endedByThemselves.push(unwanted);
        resolve();
      });
    });
    this.applications.delete(application);
  }
}
