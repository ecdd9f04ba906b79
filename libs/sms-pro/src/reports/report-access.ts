import { createHash, timingSafeEqual } from 'node:crypto';
import { ipMatcher } from '../options/ip-range.js';

/** Why a push was refused. */
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

  /** Whether a push must have both a listed address and a secret. */
  get wantsBoth(): boolean {
    return this.wantsSecret && this.isAllowed !== null;
  }

  /** Returns `null` if the push is allowed. Compares all secrets in constant time, so that timing reveals nothing. */
  check(secret: string | undefined, address: string | undefined): AccessFault | null {
    const given = digest(secret ?? '');
    const matches = this.secrets.filter((known) => timingSafeEqual(known, given));
    // Checked after the secrets, so that a refusal takes the same time for a right and a wrong secret.
    if (this.isAllowed !== null && !this.isAllowed(address ?? '')) return 'address';
    return this.secrets.length === 0 || matches.length > 0 ? null : 'secret';
  }
}
