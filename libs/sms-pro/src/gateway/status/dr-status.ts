import type { StatusMeaning } from './status-meaning.js';

/** Statuses of `/api/dr`. Source: the partner API, table "коды ошибок при запросе отчета". */
export const DR_STATUS = {
  0: { meaning: 'the request is right', hint: 'Nothing to do.', retryable: false },
  1: {
    meaning: 'fault in the format of the request',
    hint: 'The gateway could not read the request: check the id and the phone, and tell the gateway if it stays.',
    retryable: false,
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
    meaning: 'no report for this phone and id',
    hint: 'The gateway knows nothing of this id and phone. Soon after a send that means "not yet": ask again later.',
    retryable: true,
  },
  5: {
    meaning: 'too many requests with the same id',
    hint: 'Wait for the answer to the earlier request for this id before you ask again.',
    retryable: true,
  },
} as const satisfies Record<number, StatusMeaning>;

/** "Not found", which soon after a send means "not yet". */
export const NOT_FOUND_STATUS = '4';
