import type { StatusMeaning } from './status-meaning.js';

/** Statuses of `/api/dr`. Source: the partner API, table "коды ошибок при запросе отчета". */
export const DR_STATUS = {
  0: { meaning: 'the request is correct', hint: 'Nothing to do.', retryable: false },
  1: {
    meaning: 'error in the format of the request',
    hint: 'The gateway could not read the request: check the id and the phone, and contact the gateway if it happens again.',
    retryable: false,
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
    meaning: 'no report for this phone and id',
    hint: 'The gateway has no report for this id and phone. Soon after a send that means "not yet": try again later.',
    retryable: true,
  },
  5: {
    meaning: 'too many requests with the same id',
    hint: 'Wait for the answer to the earlier request for this id before you send the next one.',
    retryable: true,
  },
} as const satisfies Record<number, StatusMeaning>;

/** "Not found". Soon after a send it means "not yet". */
export const NOT_FOUND_STATUS = '4';
