import type { Account } from '../account/account.js';
import { matchesPhone } from '../faults/phone-pattern.js';
import { MAX_TEXT_LENGTH, textLength } from '../text/segmentation.js';
import { readGatewayTime } from '../wire/gateway-time.js';
import type { GatewayState } from './gateway-state.js';

/** A send while the rules check it. */
export interface MessageDraft {
  /** The account once its password was correct, else null. */
  login: string | null;
  readonly id: string;
  readonly sender: string | undefined;
  readonly text: string;
  readonly time: string;
  readonly writtenPhones: readonly string[];
  /** 12 digits each. The rules remove those that the gateway does not recognise. */
  goodPhones: string[];
  readonly badPhones: string[];
  readonly segments: number;
  /** Set by the rule on time. */
  startsAt?: number;
}

export interface Refusal {
  readonly status: number;
  /** The `<message>` of the answer, empty for none. */
  readonly message: string;
}

const MAX_PHONES = 50;

const ID_FORMS = { document: /^[A-Za-z0-9]{1,12}$/, lenient: /^\S{1,64}$/ } as const;
/** The document: "11 Latin letters, digits, dot and dash, or 14 digits". Both numbers are read as "up to". */
const SENDER = /^(?:[A-Za-z0-9.-]{1,11}|\d{1,14})$/;

type Rule = (draft: MessageDraft, account: Account, state: GatewayState) => Refusal | null;

/** In the order of the checks; the first that refuses decides the status. */
const RULES: readonly Rule[] = [
  checkFormat,
  checkSender,
  checkTime,
  checkPhones,
  checkStopWords,
  checkRepeat,
  checkProfilePhone,
  checkFunds,
];

/** The refusal of a send whose password and address are correct, or null when it can be accepted. */
export function findRefusal(draft: MessageDraft, account: Account, state: GatewayState): Refusal | null {
  for (const rule of RULES) {
    const refusal = rule(draft, account, state);
    if (refusal !== null) return refusal;
  }
  return null;
}

/** The status of a send that was accepted: 0, or 7 if only its good phones were. */
export function answerAccepted(draft: MessageDraft): Refusal {
  return draft.badPhones.length === 0 ? { status: 0, message: '' } : badPhonesRefusal(draft);
}

function checkFormat(draft: MessageDraft, _account: Account, { dials }: GatewayState): Refusal | null {
  if (!ID_FORMS[dials.idForm].test(draft.id)) return { status: 1, message: 'id' };
  if (draft.sender === undefined) return { status: 1, message: 'sender' };
  if (draft.text === '') return { status: 1, message: 'text' };
  if (textLength(draft.text, dials.textLimitUnit) > MAX_TEXT_LENGTH) return { status: 1, message: 'text' };
  const count = draft.writtenPhones.length;
  return count === 0 || count > MAX_PHONES ? { status: 1, message: 'phones' } : null;
}

function checkSender({ sender = '' }: MessageDraft, { senders }: Account): Refusal | null {
  const approved = SENDER.test(sender) && (senders === null || senders.includes(sender));
  return approved ? null : { status: 5, message: '' };
}

function checkTime(draft: MessageDraft): Refusal | null {
  if (draft.time === '') return null;
  const startsAt = readGatewayTime(draft.time);
  if (startsAt === null) return { status: 8, message: '' };
  draft.startsAt = startsAt;
  return null;
}

function checkPhones(draft: MessageDraft, _account: Account, { dials }: GatewayState): Refusal | null {
  if (dials.unrecognisedPhones.length > 0) {
    draft.goodPhones = draft.goodPhones.filter(
      (phone) => !dials.unrecognisedPhones.some((pattern) => matchesPhone(pattern, phone)),
    );
  }
  if (draft.badPhones.length === 0) return null;
  // With this dial the good ones continue through the other rules, and `answerAccepted` gives 7 in the end.
  if (dials.badPhones === 'good-phones-sent' && draft.goodPhones.length > 0) return null;
  return badPhonesRefusal(draft);
}

function badPhonesRefusal(draft: MessageDraft): Refusal {
  return { status: 7, message: `Некорректный номер телефона: ${draft.badPhones.join(', ')}` };
}

function checkStopWords({ text }: MessageDraft, { stopWords }: Account): Refusal | null {
  if (stopWords.length === 0) return null;
  const lowered = text.toLowerCase();
  return stopWords.some((word) => lowered.includes(word.toLowerCase())) ? { status: 6, message: '' } : null;
}

function checkRepeat({ id }: MessageDraft, { login }: Account, state: GatewayState): Refusal | null {
  return state.usedIds(login).isBlocked(id, state.dials, state.now()) ? { status: 10, message: '' } : null;
}

function checkProfilePhone(draft: MessageDraft, account: Account): Refusal | null {
  if (account.mode !== 'profile-phone-only') return null;
  const others = draft.goodPhones.filter((phone) => phone !== account.profilePhone);
  if (others.length === 0) return null;
  const message = account.profileOnlyStatus === 7 ? `Некорректный номер телефона: ${others.join(', ')}` : '';
  return { status: account.profileOnlyStatus, message };
}

function checkFunds(draft: MessageDraft, account: Account): Refusal | null {
  const cost = account.smsPriceTyiyn * draft.segments * draft.goodPhones.length;
  return cost > account.balanceTyiyn + account.creditTyiyn ? { status: 4, message: '' } : null;
}
