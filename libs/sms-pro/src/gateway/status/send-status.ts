import type { StatusMeaning } from './status-meaning.js';

/** A status of `/api/message`; `reason` is the reason of the recipients that it refuses. */
export interface SendStatusMeaning extends StatusMeaning {
  readonly reason?: 'format' | 'sender' | 'stop-words' | 'phone' | 'time';
}

/** Statuses of `/api/message`. Source: the partner API, table "статусы отправки". */
export const SEND_STATUS = {
  0: { meaning: 'accepted for sending', hint: 'Nothing to do.', retryable: false },
  1: {
    meaning: 'error in the format of the request',
    hint: 'The gateway could not read the request: check the text for unusual characters, and contact the gateway if it happens again.',
    retryable: false,
    reason: 'format',
  },
  2: {
    meaning: 'wrong login or password',
    hint: 'Check `login` and `password` against the API settings in the cabinet at smspro.nikita.kg.',
    retryable: false,
  },
  3: {
    meaning: 'the sender IP address is not allowed',
    hint: "Allow this server's public IP address in the cabinet at smspro.nikita.kg, or ask the gateway's support to do it.",
    retryable: false,
  },
  4: {
    meaning: 'not enough funds for all segments to all phones',
    hint: 'Top up the account in the cabinet at smspro.nikita.kg. A new or test account sends only to the phone of its own profile.',
    retryable: false,
  },
  5: {
    meaning: 'the sender name is not allowed',
    hint: 'The sender name is not approved: request it in the cabinet at smspro.nikita.kg.',
    retryable: false,
    reason: 'sender',
  },
  6: {
    meaning: 'blocked because of stop words',
    hint: 'The text has words that the gateway blocks: change the text, or ask the gateway which words they are.',
    retryable: false,
    reason: 'stop-words',
  },
  7: {
    meaning: 'one or more phone numbers are not written correctly',
    hint: 'Check the phone numbers. A new or test account sends only to the phone of its own profile, see the cabinet at smspro.nikita.kg.',
    retryable: false,
    reason: 'phone',
  },
  8: {
    meaning: 'the time of sending is not written correctly',
    hint: 'The gateway did not accept `time`: leave it out, or give a later time.',
    retryable: false,
    reason: 'time',
  },
  9: {
    meaning: 'the request took too long to process',
    hint: 'The gateway is busy: repeat with the same id in 5 to 10 seconds, and send fewer requests at the same time.',
    retryable: true,
  },
  10: {
    meaning: 'blocked because the id repeats',
    hint: 'The gateway already knows this id: query its reports before you send again with another id.',
    retryable: false,
  },
  11: {
    meaning: 'processed, but neither sent nor billed, because `test` was set',
    hint: 'Nothing was sent: to send, leave `test` out.',
    retryable: false,
  },
} as const satisfies Record<number, SendStatusMeaning>;
