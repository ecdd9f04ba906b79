import { open, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Chance } from './chance.js';
import type { Children } from './children.js';
import type { ScratchDatabase } from './databases.js';
import { OwnRedis } from '../support/redis.js';
import type { Facts } from './facts.js';
import { Fleet } from './fleet.js';
import { RedisChaos } from './redis-chaos.js';
import { Roles } from './roles.js';
import { Gateway } from './gateway.js';
import { Chaos } from './chaos.js';
import { readHeardEvents } from './heard-events.js';
import { checkInvariants, type CheckedPromise } from './invariants.js';
import { planMessages } from './messages.js';
import type { RunPlan } from './options.js';
import { figuresOf, type RunFigures } from './figures.js';
import { Sender } from './sender.js';
import { bullMqOptions, moduleOptions, simulatorOptions } from './settings.js';
import { countWaiting, endEventLeases, readStore } from './store-rows.js';

/** What a run needs from outside. */
export interface RunGround {
  readonly children: Children;
  readonly database: ScratchDatabase;
  /** For logs, and for the events that the handlers heard. */
  readonly folder: string;
}

/** The result of a run. */
export interface RunResult {
  readonly promises: readonly CheckedPromise[];
  readonly figures: RunFigures;
}

/** The time, in ms, for late actions of the gateway after the last message is completed: a second SMS would come then. */
const AFTERMATH_MS = 2_000;
/** How often, at most, a process is started once more to deliver the events that killed ones left. */
const LAST_TURNS = 30;
const LAST_TURN_MS = 4_000;

/** One run: from an empty database to the checked promises. */
export async function run(plan: RunPlan, ground: RunGround): Promise<RunResult> {
  const { children, database, folder } = ground;
  const heardFile = join(folder, 'heard.log');
  await writeFile(heardFile, '');
  const log = await open(join(folder, 'processes.log'), 'a');
  const redis = plan.scheduler === 'bullmq' ? await OwnRedis.start((child) => children.adopt(child)) : null;
  try {
    const gateway = await Gateway.start(children, simulatorOptions(plan), log.fd);
    const env = {
      FAULTS_MODULE_OPTIONS: JSON.stringify(moduleOptions(plan, gateway.url, database.options)),
      FAULTS_HEARD_FILE: heardFile,
      ...(redis === null ? {} : { FAULTS_BULLMQ_OPTIONS: JSON.stringify(bullMqOptions(plan, redis.connection)) }),
    };
    const startedAt = performance.now();
    const roles = Roles.start({ children, plan, env, logFile: log.fd });
    const isOver = () => performance.now() - startedAt > plan.boundMs;
    const sender = new Sender(roles.storing, planMessages(plan.recipients, plan.seed), plan.sendingMs, isOver);
    const { chaos, redisChaos } = await sendUnderChaos({ plan, roles, gateway, database, sender, redis });
    const seconds = (performance.now() - startedAt) / 1_000;
    const waiting = await deliverTheRest(ground, env, log, plan);

    const requests = await gateway.requests();
    // Removed with the folder on success; otherwise the gateway's requests can be compared with the store.
    await writeFile(
      join(folder, 'gateway-requests.ndjson'),
      requests.map((request) => `${JSON.stringify(request)}\n`),
    );
    const facts: Facts = {
      ...(await readStore(database.options)),
      accepted: sender.accepted,
      sent: await gateway.ledger(),
      posts: requests.filter(({ call }) => call === 'message'),
      heard: await readHeardEvents(heardFile),
      mostInFlight: await gateway.mostInFlight(),
      ceiling: plan.ceiling,
      endedByThemselves: roles.endedByThemselves,
    };
    const state = await gateway.state();
    const figures = figuresOf({
      facts,
      fleet: roles.figures,
      sender,
      chaos,
      redis: redisChaos,
      seconds,
      waiting,
      faults: state.faults,
    });
    return { promises: checkInvariants(facts), figures };
  } finally {
    await redis?.remove();
    await log.close();
  }
}

/** The parts of a run while it sends. */
interface Scene {
  readonly plan: RunPlan;
  readonly roles: Roles;
  readonly gateway: Gateway;
  readonly database: ScratchDatabase;
  readonly sender: Sender;
  readonly redis: OwnRedis | null;
}

async function sendUnderChaos({
  redis,
  ...scene
}: Scene): Promise<{ readonly chaos: Chaos; readonly redisChaos: RedisChaos | null }> {
  const { plan, roles, sender } = scene;
  const chaosEnd = new AbortController();
  const runEnd = new AbortController();
  const chaos = new Chaos({ ...scene, chance: new Chance(plan.seed + 2), until: chaosEnd.signal });
  const redisChaos = redis === null ? null : new RedisChaos(redis, sender, chaosEnd.signal);
  const running = Promise.all([chaos.run(), redisChaos?.run()]);
  const routing = chaos.routeReports(runEnd.signal);
  // A failure of these is handled where they are awaited, and must not crash the process before.
  running.catch(() => {});
  routing.catch(() => {});
  try {
    await Promise.race([sender.sendAll(), failure(running), failure(routing)]);
    await pause(plan.killingOnMs);
    chaosEnd.abort();
    await running;
    await Promise.race([sender.waitUntilCompleted(), failure(routing)]);
    await pause(AFTERMATH_MS);
  } finally {
    chaosEnd.abort();
    runEnd.abort();
    await routing;
    await roles.close();
  }
  return { chaos, redisChaos };
}

/** Rejects if the work fails; never resolves. */
async function failure(work: Promise<unknown>): Promise<never> {
  await work;
  return new Promise<never>(() => {});
}

/** Starts one more process at a time until it has delivered the events that killed ones left. Returns how many they left. */
async function deliverTheRest(
  { children, database }: RunGround,
  env: Readonly<Record<string, string>>,
  log: FileHandle,
  { seed }: RunPlan,
): Promise<number> {
  const left = await countWaiting(database.options);
  let before = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < LAST_TURNS; turn += 1) {
    const waiting = await countWaiting(database.options);
    // If one turn delivered nothing, the next one will not either.
    if (waiting === 0 || waiting === before) break;
    before = waiting;
    await endEventLeases(database.options);
    const fleet = new Fleet(children, { processes: 1, env, logFile: log.fd }, new Chance(seed));
    await fleet.any();
    await pause(LAST_TURN_MS);
    await fleet.close();
  }
  return left;
}
