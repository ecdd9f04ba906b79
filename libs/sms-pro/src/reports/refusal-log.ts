import { isIP } from 'node:net';
import type { Clock } from '../message/clock.js';
import type { SmsProLogger } from '../options/sms-pro.logger.js';
import type { ProxySetup } from './proxy-setup.js';
import type { AccessFault } from './report-access.js';

const MINUTE_MS = 60_000;

/** A push that was refused. */
export interface RefusedPush {
  readonly fault: AccessFault;
  readonly address: string | undefined;
  /** Whether it carried `X-Forwarded-For`. */
  readonly isForwarded: boolean;
}

/** Logs refused pushes, once a minute for each reason, so that a stranger cannot fill the log. */
export class RefusalLog {
  private readonly loggedAt: Record<AccessFault, number> = {
    address: Number.NEGATIVE_INFINITY,
    secret: Number.NEGATIVE_INFINITY,
  };

  constructor(
    private readonly logger: Pick<SmsProLogger, 'warn'>,
    private readonly clock: Clock,
  ) {}

  /** Logs a refused push. Never logs its path: that may be the secret with one wrong letter. */
  note(push: RefusedPush, proxies: ProxySetup | null): void {
    const now = this.clock.now();
    if (now - this.loggedAt[push.fault] < MINUTE_MS) return;
    this.loggedAt[push.fault] = now;
    this.logger.warn(push.fault === 'address' ? this.ofAddress(push, proxies) : OF_SECRET);
  }

  private ofAddress({ address = '', isForwarded }: RefusedPush, proxies: ProxySetup | null): string {
    // If every proxy is trusted, the address is whatever a stranger wrote into X-Forwarded-For.
    const seen = isIP(address) === 0 ? 'an unreadable address' : address;
    const line = `A push from ${seen} was refused: the address is not in reports.allowedIps.`;
    if (!isForwarded || proxies?.trusted !== 'nobody') return line;
    return `${line} It came through a proxy (X-Forwarded-For), and the application trusts none, so this is the proxy's own address: ${proxies.remedy}.`;
  }
}

const OF_SECRET = 'A push was refused: its path does not end with a secret of reports.secret.';
