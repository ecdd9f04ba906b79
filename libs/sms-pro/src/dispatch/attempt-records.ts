import type { AttemptRecord } from '../store/packets/packet-change.js';
import type { PostOutcome, ProbeOutcome } from './post-outcome.js';

/** How much of an outcome is stored, in characters. */
const MAX_OUTCOME_LENGTH = 24;

/** The audit record of a try. */
export function sendRecord(outcome: PostOutcome, startedAt: number, endedAt: number): AttemptRecord {
  const answer = outcome.kind === 'answer' ? outcome.answer : null;
  return {
    kind: 'send',
    startedAt,
    endedAt,
    outcome: outcome.kind === 'answer' ? 'answer' : `${outcome.kind}:${outcome.cause}`.slice(0, MAX_OUTCOME_LENGTH),
    gatewayStatus: answer?.status ?? null,
    httpStatus: outcome.kind === 'answer' ? 200 : outcome.httpStatus,
    phones: answer?.phones ?? null,
    smscnt: answer?.smscnt ?? null,
    detail: answer?.message ?? null,
  };
}

/** The audit record of a probe. */
export function probeRecord(outcome: ProbeOutcome, startedAt: number, endedAt: number): AttemptRecord {
  return {
    kind: 'probe',
    startedAt,
    endedAt,
    outcome: outcome.kind === 'unclear' ? `unclear:${outcome.cause}`.slice(0, MAX_OUTCOME_LENGTH) : outcome.kind,
    gatewayStatus: outcome.kind === 'unclear' ? outcome.gatewayStatus : outcome.kind === 'found' ? '0' : '4',
    httpStatus: null,
    phones: outcome.kind === 'found' ? outcome.reports.length : null,
    smscnt: null,
    detail: null,
  };
}

/** The audit record of a claim after which no request was sent. */
export function unsentRecord(outcome: string, now: number): AttemptRecord {
  return {
    kind: 'send',
    startedAt: now,
    endedAt: now,
    outcome,
    gatewayStatus: null,
    httpStatus: null,
    phones: null,
    smscnt: null,
    detail: null,
  };
}
