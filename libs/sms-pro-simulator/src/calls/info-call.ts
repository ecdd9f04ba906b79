import { printSom } from '../account/money.js';
import type { AccountAnswer } from '../wire/answers.js';
import type { CallRequest } from './call-request.js';
import { authorise } from './credentials.js';
import type { GatewayState } from './gateway-state.js';

/** `/api/info`: state, balance without credit, and the price of one SMS. */
export function answerAccount(request: CallRequest, state: GatewayState): AccountAnswer {
  if (request.formFault !== null) return withStatus(1);
  const account = authorise(request, state);
  if (typeof account === 'number') return withStatus(account);
  return {
    call: 'info',
    status: 0,
    account: {
      state: account.state,
      balance: printSom(account.balanceTyiyn),
      smsPrice: printSom(account.smsPriceTyiyn),
    },
  };
}

function withStatus(status: number): AccountAnswer {
  return { call: 'info', status, account: null };
}
