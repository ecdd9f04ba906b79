import { timesDecimal } from '../message/decimal.js';
import type { StoredAccount } from '../store/account/account.store.js';
import type { CheckedRequest } from './check-request.js';

/** What a request would cost. */
export interface SmsEstimate {
  /** `gsm7`: 160 characters in a single SMS, 153 in each part of a longer one. `ucs2`: 70 and 67. */
  readonly encoding: 'gsm7' | 'ucs2';
  /** SMS per phone, as this package counts them. The gateway bills by its own count. */
  readonly segments: number;
  /** Different phones. */
  readonly recipients: number;
  /** SMS in total: segments × phones. */
  readonly unitsTotal: number;
  /** By the last known price of an SMS, as a decimal string; `null` if no price is known. Zero for a test. */
  readonly cost: string | null;
  /** The characters that force `ucs2`, each once, in the order of the text, at most 20; empty for `gsm7`. */
  readonly forcing: readonly string[];
}

const PRICE = /^\d+(\.\d+)?$/;

/** What a request would cost, by the last known price of the account. */
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
