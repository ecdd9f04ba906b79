import type { ClockMark } from '../message/clock.js';
import type { ClaimedPacket } from '../store/packets/claimed-packet.js';
import type { Settlement } from '../store/packets/packet-change.js';
import { probeRecord } from './attempt-records.js';
import { probe, type ProbeOutcome } from './post-outcome.js';
import { nextProbeAt, settleProbe, stillUncertain, type ProbeVerdict } from './probe-rules.js';
import { splitPhones } from './split-phones.js';
import type { WorkerParts, WorkerRules } from './worker-parts.js';

/** A packet that is sent again under the same id, and a mark from before its new lease. */
export interface RepeatedPacket {
  readonly packet: ClaimedPacket;
  readonly since: ClockMark;
}

/** When a probe was sent, and when its answer was read. */
interface ProbeTimes {
  readonly askedAt: number;
  readonly now: number;
}

/** Works one uncertain packet: probes it, and settles, replaces or repeats it. */
export class UncertainPacketWorker {
  constructor(
    private readonly rules: WorkerRules,
    private readonly parts: WorkerParts,
  ) {}

  /** Returns the packet if it is to be sent again, else `null`. */
  async work(packet: ClaimedPacket, mayPost: () => boolean): Promise<RepeatedPacket | null> {
    const { client, clock, settles } = this.parts;
    const askedAt = clock.now();
    // A test sends nothing, so it is repeated without a probe.
    if (packet.test && mayPost() && !packet.cancelRequested && askedAt < packet.deadlineAt) return this.repeat(packet);
    const outcome = await probe(client, packet.packetId);
    const now = clock.now();
    const verdict = settleProbe(packet, outcome, this.rules, { askedAt, now });
    if (verdict.kind === 'repeat' && mayPost()) return this.repeat(packet);
    if (verdict.kind === 'replace') await this.replace(packet, verdict, outcome, { askedAt, now });
    else {
      const settlement = verdict.kind === 'settle' ? verdict.settlement : this.wait(packet, now);
      await settles.settle(packet, settlement, probeRecord(outcome, askedAt, now), now);
      await this.applyFound(outcome, now);
    }
    return null;
  }

  private wait(packet: ClaimedPacket, now: number): Settlement {
    const change = stillUncertain(packet, { dueAt: nextProbeAt(packet, this.rules, now), cause: 'account-paused' });
    return { change, certainlyNotSent: false, refused: false };
  }

  private async replace(
    packet: ClaimedPacket,
    { kept, groups }: Extract<ProbeVerdict, { readonly kind: 'replace' }>,
    outcome: ProbeOutcome,
    { askedAt, now }: ProbeTimes,
  ): Promise<void> {
    const { replacements, logger } = this.parts;
    const others = packet.phones.filter((phone) => !kept.includes(phone));
    const parts =
      groups === 'split' ? splitPhones(others, await replacements.refusalMessage(packet.packetId, '7')) : groups;
    const isReplaced = await replacements.replace({
      packet,
      replacement: { kept, groups: parts },
      attempt: probeRecord(outcome, askedAt, now),
      now,
      askAgainAt: nextProbeAt(packet, this.rules, now),
    });
    if (!isReplaced) return;
    logger.warn(
      `Packet ${packet.packetId} is replaced by ${parts.length} new packets; ${kept.length} of its phones are accepted.`,
    );
    if (kept.length > 0) await this.applyFound(outcome, now);
  }

  private async repeat(packet: ClaimedPacket): Promise<RepeatedPacket | null> {
    const { claims, clock, logger } = this.parts;
    if (packet.openTries === 0) {
      logger.warn(
        `Packet ${packet.packetId} got a report before it was sent, and the gateway does not know it: it is sent.`,
      );
    }
    const since = clock.mark();
    const repeated = await claims.beginRepeat(packet, clock.now(), this.rules.leaseMs);
    return repeated === null ? null : { packet: repeated, since };
  }

  private async applyFound(outcome: ProbeOutcome, now: number): Promise<void> {
    if (outcome.kind === 'found') await this.parts.reports.apply(outcome.reports, 'poll', now);
  }
}
