import { findInPlan } from '../account/number-plan.js';
import type { LookupAnswer } from '../wire/answers.js';
import { readPhone } from '../wire/phone.js';
import type { CallRequest } from './call-request.js';
import { authorise } from './credentials.js';
import type { GatewayState } from './gateway-state.js';

/** `/api/def`: region, operator and time zone of a phone. Not billed. */
export function answerLookup(request: CallRequest, state: GatewayState): LookupAnswer {
  if (request.formFault !== null) return withStatus(1);
  const account = authorise(request, state);
  if (typeof account === 'number') return withStatus(account);
  const written = request.fields['phone'];
  if (written === undefined) return withStatus(1);
  const phone = readPhone(written);
  if (phone === null) return withStatus(3);
  const found = findInPlan(account.numberPlan, phone);
  return found === null ? withStatus(4) : { call: 'def', status: 0, found };
}

function withStatus(status: number): LookupAnswer {
  return { call: 'def', status, found: null };
}
