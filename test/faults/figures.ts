import type { FaultRule } from 'sms-pro-simulator';
import type { Facts } from './facts.js';
import type { FleetFigures } from './fleet.js';
import { TIMEOUT_MS } from './settings.js';

/** Names, each with its figure. */
export type RunFigures = readonly (readonly [name: string, figure: string])[];

/** Where the figures come from. */
export interface FigureSource {
  readonly facts: Facts;
  readonly fleet: FleetFigures;
  readonly sender: { readonly repeated: number; readonly duplicates: number; readonly errors: ReadonlySet<string> };
  readonly chaos: { readonly connectionsCut: number };
  readonly redis: { readonly flushes: number; readonly restarts: number } | null;
  readonly seconds: number;
  /** Events that killed processes left undelivered. */
  readonly waiting: number;
  readonly faults: readonly (FaultRule & { readonly taken: number })[];
}

function kindOf(rule: FaultRule): string {
  if (rule.action === 'status') return `status ${rule.code}`;
  if (rule.action === 'latency') return rule.ms < TIMEOUT_MS ? 'ordinary latency' : 'slower than the timeout';
  return rule.action;
}

/** One line per call: its faults, and how often each happened. */
function faultLines(faults: FigureSource['faults']): [string, string][] {
  const calls = new Map<string, Map<string, number>>();
  for (const rule of faults) {
    const call = rule.call ?? 'any call';
    const kinds = calls.get(call) ?? new Map<string, number>();
    const kind = kindOf(rule);
    kinds.set(kind, (kinds.get(kind) ?? 0) + rule.taken);
    calls.set(call, kinds);
  }
  return [...calls].map(([call, kinds]) => [
    `faults of ${call}`,
    [...kinds].map(([kind, taken]) => `${taken} ${kind}`).join(', '),
  ]);
}

/** How long messages took from `send()` to the end of their last recipient. */
function secondsToEnd({ messages }: Facts): string {
  const took = messages
    .flatMap(({ createdAt, completedAt }) => (completedAt === null ? [] : [completedAt - createdAt]))
    .toSorted((left, right) => left - right);
  const at = (share: number) => ((took[Math.ceil(took.length * share) - 1] ?? 0) / 1_000).toFixed(1);
  return `half of the messages within ${at(0.5)} s, 99 % within ${at(0.99)} s, all within ${at(1)} s`;
}

function redisLine({ flushes, restarts }: NonNullable<FigureSource['redis']>): [string, string] {
  return ['Redis', `emptied ${flushes} times, killed and restarted ${restarts} times`];
}

/** The figures of a run, in the order in which they are read. */
export function figuresOf({ facts, fleet, sender, chaos, redis, seconds, waiting, faults }: FigureSource): RunFigures {
  const ids = new Set(facts.posts.map(({ packetId }) => packetId));
  const count = (name: string) => facts.events.filter((event) => event.name === name).length;
  const recipients = facts.accepted.reduce((sum, { phones }) => sum + phones.length, 0);
  const lines: [string, string][] = [
    ['recipients', `${recipients} in ${facts.accepted.length} messages`],
    ['packets', `${facts.packets.length}`],
    ['POSTs', `${facts.posts.length}, ${facts.posts.length - ids.size} of them repeats of an id`],
    ['uncertain', `${count('packet.uncertain')} times`],
    ['kill -9', `${fleet.kills}; ${fleet.freezes} processes were frozen for longer than a lease`],
    ['leases ended', `${facts.leasesEnded} packets taken over after their worker died`],
    ['starts', `${fleet.starts}, ${fleet.failedStarts} of them failed`],
    ['connections cut', `${chaos.connectionsCut}`],
    ['in flight', `${facts.mostInFlight} requests of /api/message at most`],
    ...(redis === null ? [] : [redisLine(redis)]),
    ['send() repeated', `${sender.repeated} times; ${sender.duplicates} receipts said "duplicate"`],
    ['left by kills', `${waiting} events waited for their lease to end`],
    ...faultLines(faults),
    ['send() to end', secondsToEnd(facts)],
    ['duration', `${seconds.toFixed(1)} s, ${(recipients / seconds).toFixed(0)} recipients/s`],
  ];
  return [...lines, ...[...sender.errors].map((error): [string, string] => ['send() failed with', error])];
}
