import { timesDecimal } from '../message/decimal.js';
import type { StoredAccount } from '../store/account/account.store.js';
import type { CheckedRequest } from './check-request.js';

/** What a request would cost. */
export interface SmsEstimate {
  /** `gsm7`: 160 characters in one SMS, 153 in each of several. `ucs2`: 70, and 67. */
  readonly encoding: 'gsm7' | 'ucs2';
  /** SMS per phone, as this package counts them. What is billed is what the gateway counts. */
  readonly segments: number;
  /** Different phones. */
  readonly recipients: number;
  /** SMS in all: segments x phones. */
  readonly unitsTotal: number;
  /** By the price the gateway last named, as a decimal string; `null` when none is known. 0 for a test. */
  readonly cost: string | null;
  /** The different characters that force `ucs2`, in order, at most 20; empty for `gsm7`. */
  readonly forcing: readonly string[];
}

const PRICE = /^\d+(\.\d+)?$/;

/** What a request would cost, by the account as it was last asked for. */
export function smsEstimate(checked: CheckedRequest, known: StoredAccount | null): SmsEstimate {
  const { encoding, segments, forcing } = checked.segments;
  const recipients = checked.phones.length;
  const unitsTotal = recipients * segments;
  const price = known !== null && PRICE.test(known.smsPrice) ? known.smsPrice : null;
  return {
    encoding,
    segments,
    recipients,
    unitsTotal,
    cost: price === null ? null : timesDecimal(price, checked.test ? 0 : unitsTotal),
    forcing,
  };
}
