import type { Account } from '../account/account.js';
import type { Packet } from '../packets/packet.js';
import { countSegments } from '../text/segmentation.js';
import type { MessageAnswer } from '../wire/answers.js';
import { readPhone } from '../wire/phone.js';
import type { CallRequest } from './call-request.js';
import { authorise } from './credentials.js';
import type { GatewayState } from './gateway-state.js';
import { findRefusal, answerAccepted, type MessageDraft, type Refusal } from './message-rules.js';

/** `/api/message`: checks a send and, if it is accepted, bills it and stores its packet. */
export function answerMessage(request: CallRequest, state: GatewayState): MessageAnswer {
  const draft = readDraft(request, state);
  const verdict = authoriseSend(request, draft, state);
  if ('status' in verdict) return refuse(request, draft, verdict, state);
  const { account } = verdict;
  const refusal = findRefusal(draft, account, state);
  if (refusal !== null) return refuse(request, draft, refusal, state);
  if (account.mode === 'test' || (request.fields['test'] === '1' && !account.ignoresTest)) {
    if (state.dials.testUsesId) state.usedIds(account.login).use(draft.id, state.dials, state.now());
    const smscnt = state.dials.smscntOnTest ? draft.segments : 0;
    return answer(draft, { status: 11, phones: draft.goodPhones.length, smscnt, message: '' });
  }
  accept(draft, account, state);
  const { status, message } = answerAccepted(draft);
  return answer(draft, { status, phones: draft.goodPhones.length, smscnt: draft.segments, message });
}

function authoriseSend(
  request: CallRequest,
  draft: MessageDraft,
  state: GatewayState,
): { readonly account: Account } | Refusal {
  if (request.formFault !== null) return { status: 1, message: request.formFault };
  const account = authorise(request, state);
  if (typeof account === 'number') return { status: account, message: '' };
  if (account.refuseWith !== null) return { status: account.refuseWith, message: '' };
  draft.login = account.login;
  return { account };
}

function readDraft({ fields, phones }: CallRequest, { dials }: GatewayState): MessageDraft {
  const text = fields['text'] ?? '';
  const draft: MessageDraft = {
    login: null,
    id: fields['id'] ?? '',
    sender: fields['sender'],
    text,
    time: fields['time'] ?? '',
    writtenPhones: phones,
    goodPhones: [],
    badPhones: [],
    segments: text === '' ? 0 : countSegments(text, dials),
  };
  for (const written of phones) {
    const phone = readPhone(written);
    if (phone === null) draft.badPhones.push(written);
    else draft.goodPhones.push(phone);
  }
  return draft;
}

function accept(draft: MessageDraft, account: Account, state: GatewayState): void {
  const now = state.now();
  const packet: Packet = {
    login: account.login,
    id: draft.id,
    phones: draft.goodPhones,
    sender: draft.sender ?? '',
    text: draft.text,
    segments: draft.segments,
    priceTyiyn: account.smsPriceTyiyn * draft.segments,
    acceptedAt: now,
    startsAt: Math.max(now, draft.startsAt ?? now),
    lives: state.lives,
    seed: state.seed,
    forced: null,
  };
  account.balanceTyiyn -= packet.priceTyiyn * packet.phones.length;
  state.usedIds(account.login).use(packet.id, state.dials, now);
  state.packets.add(packet, state.dials);
  state.ledger.add(packet);
  state.accepted(packet);
}

function refuse(request: CallRequest, draft: MessageDraft, refusal: Refusal, state: GatewayState): MessageAnswer {
  const { status, message } = refusal;
  const { dials } = state;
  const usesId = dials.rejectedUsesId && draft.login !== null && status >= 1 && status <= 8 && draft.id !== '';
  if (usesId && draft.login !== null) state.usedIds(draft.login).use(draft.id, dials, state.now());
  // Seen at the live gateway: a refusal can have both counts.
  const counted = dials.countsOnRejection && request.formFault === null;
  return answer(draft, {
    status,
    phones: counted ? draft.goodPhones.length : 0,
    smscnt: counted ? draft.segments : 0,
    message,
  });
}

function answer(draft: MessageDraft, words: Omit<MessageAnswer, 'call' | 'id'>): MessageAnswer {
  return { call: 'message', id: draft.id, ...words };
}
