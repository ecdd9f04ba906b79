import type { GatewayClient } from '../gateway/gateway-client.js';
import type { Clock } from '../message/clock.js';
import type { SmsProLogger } from '../options/sms-pro.logger.js';
import type { ClaimStore } from '../store/packets/claim.store.js';
import type { ReplaceStore } from '../store/packets/replace.store.js';
import type { SettleStore } from '../store/packets/settle.store.js';
import type { ReportStore } from '../store/reports/report.store.js';
import type { AccountLimiter } from './account-limiter.js';
import type { DispatchRules } from './send-rules.js';

/** The numbers that a worker needs. */
export interface WorkerRules extends DispatchRules {
  readonly leaseMs: number;
  readonly timeoutMs: number;
  readonly verifyFirst: boolean;
}

/** What a worker works with. */
export interface WorkerParts {
  readonly client: Pick<GatewayClient, 'sendPacket' | 'getReports'>;
  readonly claims: ClaimStore;
  readonly settles: Pick<SettleStore, 'settle'>;
  readonly replacements: ReplaceStore;
  readonly reports: ReportStore;
  readonly limiter: Pick<AccountLimiter, 'record'>;
  readonly clock: Clock;
  readonly logger: SmsProLogger;
}
