import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { SendPacketRequest } from '../gateway/message.codec.js';
import { isFinal, type RecipientStatus } from '../message/recipient-status.js';
import { TestStore } from '../store/store.fixture.js';
import { AccountLimiter } from './account-limiter.js';
import { GatewayModel, type Fate, type GatewayReading } from './gateway-model.fixture.js';
import { PacketWorker } from './packet-worker.js';

const REPEAT_AFTER_MS = 30_000;
const LEASE_MS = 60_000;
const RULES = {
  leaseMs: LEASE_MS,
  timeoutMs: 30_000,
  uncertainDelayMs: 5_000,
  repeatAfterMs: REPEAT_AFTER_MS,
  verifyFirst: false,
};
const PHONES = { a00000000001: ['996555000001', '996555000002'], b00000000001: ['996555000003'] };

type Step =
  /** A worker claims what is due and goes to work. */
  | { readonly kind: 'claim'; readonly worker: number }
  /** A request that stands on the wire comes to the gateway. */
  | { readonly kind: 'arrive'; readonly which: number; readonly fate: Fate }
  /** A worker dies: what it had leased is never heard of again. */
  | { readonly kind: 'crash'; readonly worker: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'sweep' }
  /** The gateway pushes a report of something it sent. */
  | { readonly kind: 'push'; readonly which: number; readonly code: string };

interface OnTheWire {
  readonly request: SendPacketRequest;
  readonly settle: (fate: Fate) => void;
  readonly sentAt: number;
}

/** Late processing and the lag of /api/dr together stay under repeatAfterMs: the documented limit. */
const fate: fc.Arbitrary<Fate> = fc.record({
  processedAfterMs: fc.constantFrom(0, 0, 0, null, 8_000, 14_000),
  answer: fc.constantFrom('delivered', 'lost'),
  refusal: fc.constantFrom(null, null, null, null, '2', '5', '9'),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('claim' as const), worker: fc.nat(1) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('arrive' as const), which: fc.nat(3), fate }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), worker: fc.nat(1) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(1_000, 5_000, 12_000, 31_000, 61_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('sweep' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      which: fc.nat(3),
      code: fc.constantFrom('0', '1', '3', '4'),
    }),
  },
);

const reading: fc.Arbitrary<GatewayReading> = fc.record({
  dedupe: fc.constantFrom('forever', 'none'),
  rejectedUsesId: fc.boolean(),
  drLagMs: fc.constantFrom(0, 4_000, 15_000),
});

/** How often a phone at each status may have been sent to: never twice, and none is left behind as queued. */
const MAY_BE_SENT: Readonly<Record<RecipientStatus, readonly number[]>> = {
  queued: [],
  accepted: [1],
  sent: [1],
  delivered: [1],
  undelivered: [1],
  unknown: [0, 1],
  rejected: [0],
  expired: [0],
  canceled: [0],
};

/** Two workers, a gateway that is late and forgetful, and a clock that only the test moves. */
class World {
  readonly gateway: GatewayModel;
  private wire: OnTheWire[] = [];
  /** Raised when a worker dies: what an earlier life asked for never answers. */
  private readonly lives = [0, 0];
  private readonly working = new Set<Promise<void>>();

  private constructor(
    readonly store: TestStore,
    gateway: GatewayReading,
  ) {
    this.gateway = new GatewayModel(gateway, () => store.clock.now());
  }

  static async open(gateway: GatewayReading): Promise<World> {
    const world = new World(await TestStore.open(), gateway);
    await world.store.given(PHONES, { deadlineAt: world.store.clock.now() + 3_600_000 });
    return world;
  }

  async take(one: Step): Promise<void> {
    switch (one.kind) {
      case 'claim':
        await this.claim(one.worker);
        break;
      case 'arrive':
        this.wire.splice(one.which % Math.max(1, this.wire.length), 1)[0]?.settle(one.fate);
        break;
      case 'crash':
        this.lives[one.worker] = (this.lives[one.worker] ?? 0) + 1;
        break;
      case 'pass':
        this.pass(one.ms);
        break;
      case 'sweep':
        await this.store.sweeps.sweepLeases(this.store.clock.now(), RULES.uncertainDelayMs, 10);
        await this.store.sweeps.expireQueued(this.store.clock.now(), 10);
        break;
      case 'push':
        await this.push(one.which, one.code);
        break;
    }
    await this.settled();
  }

  /** Lets everything come to its end with a gateway that works. */
  async finish(): Promise<void> {
    for (let turn = 0; turn < 400; turn += 1) {
      for (const waiting of this.wire.splice(0)) {
        waiting.settle({ processedAfterMs: 0, answer: 'delivered', refusal: null });
      }
      await this.settled();
      await this.take({ kind: 'sweep' });
      await this.take({ kind: 'claim', worker: turn % 2 });
      if ((await this.store.messages.hasReached('message-1', 'accepted')) === true) return;
      this.pass(20_000);
    }
  }

  private pass(ms: number): void {
    this.store.clock.advance(ms);
    this.gateway.work();
    // A request never outlives its time-out: it broke off on the way.
    const now = this.store.clock.now();
    const over = this.wire.filter(({ sentAt }) => now - sentAt > RULES.timeoutMs);
    this.wire = this.wire.filter((waiting) => !over.includes(waiting));
    for (const waiting of over) waiting.settle({ processedAfterMs: null, answer: 'lost', refusal: null });
  }

  private async claim(index: number): Promise<void> {
    const life = this.lives[index] ?? 0;
    const owner = `worker-${index}-${life}`;
    const claimedAt = this.store.clock.mark();
    const packets = await this.store.claim(2, owner);
    const worker = this.worker(index, life);
    for (const packet of packets) {
      const work = worker.work(packet, claimedAt, () => true).finally(() => this.working.delete(work));
      this.working.add(work);
    }
  }

  /** A worker whose requests stand on the wire until a step lets them arrive, and that hears nothing once it is dead. */
  private worker(index: number, life: number): PacketWorker {
    const isDead = () => this.lives[index] !== life;
    const never = new Promise<never>(() => {});
    const { store, gateway } = this;
    const client = {
      sendPacket: (request: SendPacketRequest) =>
        new Promise<ReturnType<GatewayModel['take']>>((resolve, reject) => {
          this.wire.push({
            request,
            sentAt: store.clock.now(),
            settle: (given) => {
              try {
                const answer = gateway.take(request, given);
                if (!isDead()) resolve(answer);
              } catch (error) {
                if (!isDead()) reject(error);
              }
            },
          });
        }),
      getReports: async (packetId: string) => (isDead() ? never : gateway.reports(packetId)),
      getAccount: async () => ({ status: '0', active: true, balance: '100.00', smsPrice: '0.50' }),
    };
    const quiet = { log: () => {}, warn: () => {}, error: () => {}, debug: () => {} };
    const { accounts, claims, settles, replacements, reports, clock } = store;
    const limiter = new AccountLimiter(
      { concurrency: 4, retryDelayMs: 1_000, pauseProbeMs: 1_000 },
      { accounts, queue: { nextUnits: async () => 1 }, client, clock, logger: quiet },
    );
    return new PacketWorker(RULES, { client, claims, settles, replacements, reports, limiter, clock, logger: quiet });
  }

  private async push(which: number, code: string): Promise<void> {
    const sms = this.gateway.sent[which % Math.max(1, this.gateway.sent.length)];
    if (sms !== undefined) await this.store.report(sms.packetId, { [sms.phone]: code });
  }

  /** Until every worker has come to rest: at its end, or at a request on the wire. */
  private async settled(): Promise<void> {
    for (let turn = 0; turn < 30; turn += 1) await new Promise(setImmediate);
  }
}

describe('a packet’s life', () => {
  it('whatever happens to workers, requests, answers and reports: nothing is lost, nothing is sent twice, no status lies', async () => {
    await fc.assert(
      fc.asyncProperty(reading, fc.array(step, { minLength: 5, maxLength: 40 }), async (gateway, steps) => {
        const world = await World.open(gateway);
        for (const one of steps) await world.take(one);
        await world.finish();
        const recipients = (await world.store.messages.find('message-1'))?.recipients ?? [];
        expect(recipients).toHaveLength(3);
        const lies = recipients.flatMap(({ phone, status }) => {
          const times = world.gateway.sent.filter((sms) => sms.phone === phone).length;
          return MAY_BE_SENT[status].includes(times) ? [] : [`${phone} is ${status} and was sent ${times} times`];
        });
        expect(lies).toEqual([]);
        const told = await world.store.recordedEvents();
        const completed = told.filter((name) => name === 'message.completed').length;
        expect(completed).toBe(recipients.every(({ status }) => isFinal(status)) ? 1 : 0);
        await world.store.close();
      }),
      { numRuns: Number(process.env['SMS_PRO_PROPERTY_RUNS'] ?? 60) },
    );
  }, 120_000);
});
