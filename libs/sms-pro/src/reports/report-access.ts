import { createHash, timingSafeEqual } from 'node:crypto';
import { ipMatcher } from '../options/ip-range.js';

/** Why a push was turned away. */
export type AccessFault = 'secret' | 'address';

/** Who may push reports. */
export interface AccessRules {
  readonly secret?: string | readonly string[] | undefined;
  readonly allowedIps?: readonly string[] | undefined;
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}

/** Decides who may push: by secret, by address, by both, or by neither. */
export class ReportAccess {
  private readonly secrets: readonly Buffer[];
  private readonly isAllowed: ((address: string) => boolean) | null;

  constructor({ secret, allowedIps }: AccessRules) {
    this.secrets = (secret === undefined ? [] : [secret].flat()).map(digest);
    this.isAllowed = allowedIps === undefined || allowedIps.length === 0 ? null : ipMatcher(allowedIps);
  }

  /** Whether anybody may push. */
  get isOpen(): boolean {
    return this.secrets.length === 0 && this.isAllowed === null;
  }

  /** Whether the path of a push must end with a secret. */
  get wantsSecret(): boolean {
    return this.secrets.length > 0;
  }

  /** Whether a push must come from a listed address and bring a secret. */
  get wantsBoth(): boolean {
    return this.wantsSecret && this.isAllowed !== null;
  }

  /** `null` for who may push. Secrets are compared in constant time, all of them, so that time tells nothing. */
  check(secret: string | undefined, address: string | undefined): AccessFault | null {
    const given = digest(secret ?? '');
    const matches = this.secrets.filter((known) => timingSafeEqual(known, given));
    // Looked at after the secrets, so that a stranger's answer takes as long whatever he wrote.
    if (this.isAllowed !== null && !this.isAllowed(address ?? '')) return 'address';
    return this.secrets.length === 0 || matches.length > 0 ? null : 'secret';
  }
}
