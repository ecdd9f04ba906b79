import type { ProxySetup } from './proxy-setup.js';

/** The settings that the advice depends on. */
export interface RouteSetup {
  /** Whether this process has the report route. */
  readonly takesReports: boolean;
  /** Whether anybody may push. */
  readonly isOpen: boolean;
  readonly listsAddresses: boolean;
  readonly confirm: boolean;
  readonly polls: boolean;
  readonly isProduction: boolean;
  /** `null` if the application has no HTTP server. */
  readonly proxies: ProxySetup | null;
}

/** A line that is logged at start. */
export interface Advice {
  readonly level: 'log' | 'warn';
  readonly text: string;
}

/** The advice to log at start about the set-up of the report route; empty if all is well. */
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
      `reports.allowedIps protects nothing: the application trusts every proxy, so anybody can write an allowed address into X-Forwarded-For. Name the proxies instead: ${proxies.remedy}.`,
    );
  }
  if (setup.listsAddresses && proxies.trusted === 'nobody') {
    advice.push({
      level: 'log',
      text: `reports.allowedIps is compared with the address of the connection, since the application trusts no proxy. If there is a proxy in front of it, set: ${proxies.remedy}.`,
    });
  }
  if (setup.confirm && !setup.polls) {
    warn(
      'reports.confirm makes a push only a hint, and polling.enabled is false here: no status changes unless another process polls.',
    );
  }
  return advice;
}
