import { Chance } from './chance.js';
import type { Children } from './children.js';
import { Fleet, type FleetFigures } from './fleet.js';
import type { RunPlan } from './options.js';

/** What is the same for every process of a run. */
export interface RolesRequest {
  readonly children: Children;
  readonly plan: RunPlan;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: number;
}

/** The processes that take `send()` and reports, and those that send: the same ones, or separate ones with BullMQ. */
export class Roles {
  private constructor(
    /** They take `send()` and the reports. */
    readonly storing: Fleet,
    /** They send, and are killed. */
    readonly sending: Fleet,
  ) {}

  static start({ children, plan, env, logFile }: RolesRequest): Roles {
    const fleet = (processes: number, role: string, seed: number) =>
      new Fleet(children, { processes, env: { ...env, FAULTS_ROLE: role }, logFile }, new Chance(seed));
    if (plan.scheduler === 'in-process') {
      const whole = fleet(plan.processes, 'whole', plan.seed + 1);
      return new Roles(whole, whole);
    }
    return new Roles(fleet(1, 'api', plan.seed + 1), fleet(plan.processes, 'worker', plan.seed + 3));
  }

  get figures(): FleetFigures {
    const [first, ...others] = this.fleets.map(({ figures }) => figures);
    const sum: FleetFigures = { starts: 0, kills: 0, freezes: 0, failedStarts: 0, ...first };
    for (const { starts, kills, freezes, failedStarts } of others) {
      sum.starts += starts;
      sum.kills += kills;
      sum.freezes += freezes;
      sum.failedStarts += failedStarts;
    }
    return sum;
  }

  get endedByThemselves(): readonly string[] {
    return this.fleets.flatMap(({ endedByThemselves }) => endedByThemselves);
  }

  /** Ends all processes as a deployment does. */
  async close(): Promise<void> {
    await Promise.all(this.fleets.map((fleet) => fleet.close()));
  }

  private get fleets(): readonly Fleet[] {
    return [...new Set([this.storing, this.sending])];
  }
}
