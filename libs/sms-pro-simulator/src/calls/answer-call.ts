import type { Answer } from '../wire/answers.js';
import type { CallRequest } from './call-request.js';
import { answerLookup } from './def-call.js';
import { answerReport } from './dr-call.js';
import type { GatewayState } from './gateway-state.js';
import { answerAccount } from './info-call.js';
import { answerMessage } from './message-call.js';

/** Processes a request, with all its effects. */
export function answerCall(request: CallRequest, state: GatewayState): Answer {
  switch (request.call) {
    case 'message':
      return answerMessage(request, state);
    case 'dr':
      return answerReport(request, state);
    case 'def':
      return answerLookup(request, state);
    case 'info':
      return answerAccount(request, state);
  }
}

/** An answer to the request that has only a status. */
export function answerWithStatus(request: CallRequest, status: number): Answer {
  switch (request.call) {
    case 'message':
      return { call: 'message', id: request.fields['id'] ?? '', status, phones: 0, smscnt: 0, message: '' };
    case 'dr':
      return { call: 'dr', status, phones: [] };
    case 'def':
      return { call: 'def', status, found: null };
    case 'info':
      return { call: 'info', status, account: null };
  }
}
