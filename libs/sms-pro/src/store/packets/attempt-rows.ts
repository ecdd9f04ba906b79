import type { AttemptRecord } from './packet-change.js';
import type { UnitOfWork } from '../database/unit-of-work.js';

/** One try or probe of one packet by one worker. */
export interface NewAttempt {
  readonly packetId: string;
  readonly number: number;
  readonly owner: string;
  readonly record: AttemptRecord;
}

const ATTEMPT_TABLE = {
  name: 'sms_pro_attempt',
  columns: [
    'packet_id',
    'account',
    'number',
    'kind',
    'owner',
    'started_at',
    'ended_at',
    'outcome',
    'gateway_status',
    'http_status',
    'phones',
    'smscnt',
    'detail',
  ],
} as const;

/** How much of the gateway's own words is stored, in characters. */
const MAX_DETAIL_LENGTH = 500;

/** Records one try or probe for the audit. */
export function recordAttempt(unit: UnitOfWork, { packetId, number, owner, record }: NewAttempt): void {
  unit.append(ATTEMPT_TABLE, [
    packetId,
    unit.account,
    number,
    record.kind,
    owner,
    record.startedAt,
    record.endedAt,
    record.outcome,
    record.gatewayStatus?.slice(0, 16) ?? null,
    record.httpStatus,
    record.phones,
    record.smscnt,
    record.detail?.slice(0, MAX_DETAIL_LENGTH) ?? null,
  ]);
}
