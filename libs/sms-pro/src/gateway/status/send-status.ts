import type { StatusMeaning } from './status-meaning.js';

/** A status of `/api/message`; `reason` is the word a refused recipient carries. */
export interface SendStatusMeaning extends StatusMeaning {
  readonly reason?: 'format' | 'sender' | 'stop-words' | 'phone' | 'time';
}

/** Statuses of `/api/message`. Source: the partner API, table "статусы отправки". */
export const SEND_STATUS = {
  0: { meaning: 'accepted for sending', hint: 'Nothing to do.', retryable: false },
  1: {
    meaning: 'fault in the format of the request',
    hint: 'The gateway could not read the request: check the text for unusual characters, and tell the gateway if it stays.',
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
    hint: "Allow this server's public IP address in the cabinet at smspro.nikita.kg, or ask the gateway to.",
    retryable: false,
  },
  4: {
    meaning: 'not enough funds for all segments to all phones',
    hint: 'Top up the account in the cabinet at smspro.nikita.kg. A new or test account sends only to the phone of its own profile.',
    retryable: false,
  },
  5: {
    meaning: 'the sender name is not allowed',
    hint: 'The sender name is not approved: ask for it in the cabinet at smspro.nikita.kg.',
    retryable: false,
    reason: 'sender',
  },
  6: {
    meaning: 'blocked for stop words',
    hint: 'The text has words the gateway blocks: change the text, or ask the gateway which.',
    retryable: false,
    reason: 'stop-words',
  },
  7: {
    meaning: 'one or more phone numbers are badly written',
    hint: 'Check the phone numbers. A new or test account sends only to the phone of its own profile, see the cabinet at smspro.nikita.kg.',
    retryable: false,
    reason: 'phone',
  },
  8: {
    meaning: 'the time of sending is badly written',
    hint: 'The gateway did not take `time`: leave it out, or give a later one.',
    retryable: false,
    reason: 'time',
  },
  9: {
    meaning: 'the request took too long to process',
    hint: 'The gateway is busy: repeat with the same id in 5 to 10 seconds, and send fewer requests at once.',
    retryable: true,
  },
  10: {
    meaning: 'blocked because the id repeats',
    hint: 'The gateway knows this id already: ask for its reports before you send again with another id.',
    retryable: false,
  },
  11: {
    meaning: 'processed, neither sent nor billed, for `test` was set',
    hint: 'Nothing was sent: leave `test` out to send.',
    retryable: false,
  },
} as const satisfies Record<number, SendStatusMeaning>;
