import type { Account } from '../account/account.js';
import type { CallRequest } from './call-request.js';
import type { GatewayState } from './gateway-state.js';

/** The account of a request, or the status that refuses it: 2 for the password, 3 for the address. */
export function authorise(request: CallRequest, state: GatewayState): Account | 2 | 3 {
  const { login = '', pwd = '' } = request.fields;
  const account = state.accounts.find(login);
  if (account === undefined || account.password !== pwd) return 2;
  // In the table of /api/def, 3 means something else, and there is no status for addresses.
  if (request.call === 'def' || account.allowedIps === null) return account;
  return account.allowedIps.includes(request.remoteIp) ? account : 3;
}
