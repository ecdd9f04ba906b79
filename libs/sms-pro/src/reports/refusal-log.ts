import { isIP } from 'node:net';
import type { Clock } from '../message/clock.js';
import type { SmsProLogger } from '../options/sms-pro.logger.js';
import type { ProxySetup } from './proxy-setup.js';
import type { AccessFault } from './report-access.js';

const MINUTE_MS = 60_000;

/** A push that was turned away. */
export interface RefusedPush {
  readonly fault: AccessFault;
  readonly address: string | undefined;
  /** Whether it carried `X-Forwarded-For`. */
  readonly isForwarded: boolean;
}

/** Tells of pushes that were turned away: once a minute for each reason, so that a stranger cannot fill the log. */
export class RefusalLog {
  private readonly toldAt: Record<AccessFault, number> = {
    address: Number.NEGATIVE_INFINITY,
    secret: Number.NEGATIVE_INFINITY,
  };

  constructor(
    private readonly logger: Pick<SmsProLogger, 'warn'>,
    private readonly clock: Clock,
  ) {}

  /** Notes one. Never what its path said: it can be a secret with one wrong letter. */
  note(push: RefusedPush, proxies: ProxySetup | null): void {
    const now = this.clock.now();
    if (now - this.toldAt[push.fault] < MINUTE_MS) return;
    this.toldAt[push.fault] = now;
    this.logger.warn(push.fault === 'address' ? this.ofAddress(push, proxies) : OF_SECRET);
  }

  private ofAddress({ address = '', isForwarded }: RefusedPush, proxies: ProxySetup | null): string {
    // Where every hop is trusted it is what a stranger wrote.
    const seen = isIP(address) === 0 ? 'an unreadable address' : address;
    const line = `A push from ${seen} was turned away: the address is not in reports.allowedIps.`;
    if (!isForwarded || proxies?.trusted !== 'nobody') return line;
    return `${line} It came through a proxy (X-Forwarded-For), and the application trusts none, so this is the proxy's own address: ${proxies.remedy}.`;
  }
}

const OF_SECRET = 'A push was turned away: its path does not end with a secret of reports.secret.';
