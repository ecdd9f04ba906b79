import type { SmsProGatewayCall } from '../../errors/sms-pro.errors.js';
import { DEF_STATUS } from './def-status.js';
import { DR_STATUS } from './dr-status.js';
import { INFO_STATUS } from './info-status.js';
import { SEND_STATUS } from './send-status.js';
import type { StatusMeaning } from './status-meaning.js';

/** Each call has a table of its own: 3 is an IP address in message, dr and info, and a phone in def. */
const TABLES: Readonly<Record<SmsProGatewayCall, ReadonlyMap<string, StatusMeaning>>> = {
  message: new Map(Object.entries<StatusMeaning>(SEND_STATUS)),
  dr: new Map(Object.entries<StatusMeaning>(DR_STATUS)),
  def: new Map(Object.entries<StatusMeaning>(DEF_STATUS)),
  info: new Map(Object.entries<StatusMeaning>(INFO_STATUS)),
};

/** The tables have grown before: a code that is not in them is kept, is no success, and may pass. */
const UNKNOWN: StatusMeaning = {
  meaning: 'a status that the partner API does not list',
  hint: 'This package does not know the status: see the newest partner API, or ask the gateway.',
  retryable: true,
};

/** What a status of that call means; never fails for a code that nobody knows. */
export function statusMeaning(call: SmsProGatewayCall, status: string): StatusMeaning {
  return TABLES[call].get(status) ?? UNKNOWN;
}

/** Whether the partner API lists the status of that call. */
export function isListed(call: SmsProGatewayCall, status: string): boolean {
  return TABLES[call].has(status);
}
