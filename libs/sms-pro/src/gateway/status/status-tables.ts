import type { SmsProGatewayCall } from '../../errors/sms-pro.errors.js';
import { DEF_STATUS } from './def-status.js';
import { DR_STATUS } from './dr-status.js';
import { INFO_STATUS } from './info-status.js';
import { SEND_STATUS } from './send-status.js';
import type { StatusMeaning } from './status-meaning.js';

/** Each call has its own table: 3 is about the IP address in message, dr and info, but about the phone in def. */
const TABLES: Readonly<Record<SmsProGatewayCall, ReadonlyMap<string, StatusMeaning>>> = {
  message: new Map(Object.entries<StatusMeaning>(SEND_STATUS)),
  dr: new Map(Object.entries<StatusMeaning>(DR_STATUS)),
  def: new Map(Object.entries<StatusMeaning>(DEF_STATUS)),
  info: new Map(Object.entries<StatusMeaning>(INFO_STATUS)),
};

/** The partner API has added codes before: an unknown code is kept, is not a success, and may be temporary. */
const UNKNOWN: StatusMeaning = {
  meaning: 'a status that the partner API does not list',
  hint: 'This package does not know the status: see the latest partner API, or ask the gateway.',
  retryable: true,
};

/** The meaning of a status of that call. Never fails: an unknown code has a meaning of its own. */
export function statusMeaning(call: SmsProGatewayCall, status: string): StatusMeaning {
  return TABLES[call].get(status) ?? UNKNOWN;
}

/** Whether the partner API lists this status for that call. */
export function isListed(call: SmsProGatewayCall, status: string): boolean {
  return TABLES[call].has(status);
}
