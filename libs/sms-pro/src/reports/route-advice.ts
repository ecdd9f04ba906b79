import type { ProxySetup } from './proxy-setup.js';

/** What decides whether the report route is set up well. */
export interface RouteSetup {
  /** Whether this process has the route at all. */
  readonly takesReports: boolean;
  /** Whether anybody may push. */
  readonly isOpen: boolean;
  readonly listsAddresses: boolean;
  readonly confirm: boolean;
  readonly polls: boolean;
  readonly isProduction: boolean;
  /** `null` where the application has no HTTP server. */
  readonly proxies: ProxySetup | null;
}

/** A line for the log at start. */
export interface Advice {
  readonly level: 'log' | 'warn';
  readonly text: string;
}

/** What to say at start of how the report route is set up: nothing, where all is well. */
export function routeAdvice({ proxies, ...setup }: RouteSetup): Advice[] {
  if (!setup.takesReports || proxies === null) return [];
  const advice: Advice[] = [];
  const warn = (text: string) => advice.push({ level: 'warn', text });
  if (setup.isOpen && setup.isProduction) {
    warn(
      'Anybody may push reports: set reports.secret, reports.allowedIps, or a firewall that lets only the gateway through.',
    );
  }
  if (setup.listsAddresses && proxies.trusted === 'everybody') {
    warn(
      `reports.allowedIps keeps nobody out: the application trusts every proxy, so anybody can write an allowed address into X-Forwarded-For. Name the proxies instead: ${proxies.remedy}.`,
    );
  }
  if (setup.listsAddresses && proxies.trusted === 'nobody') {
    advice.push({
      level: 'log',
      text: `reports.allowedIps is compared with the address of the connection, since the application trusts no proxy. If there is one in front of it: ${proxies.remedy}.`,
    });
  }
  if (setup.confirm && !setup.polls) {
    warn(
      'reports.confirm takes pushes as hints only, and polling.enabled is false here: nothing changes unless another process polls.',
    );
  }
  return advice;
}
