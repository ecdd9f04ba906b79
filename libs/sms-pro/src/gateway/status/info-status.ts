import type { StatusMeaning } from './status-meaning.js';

/** Statuses of `/api/info`. Source: the partner API, section 4, "статусы запроса". */
export const INFO_STATUS = {
  0: { meaning: 'the request is correct', hint: 'Nothing to do.', retryable: false },
  1: {
    meaning: 'error in the format of the request',
    hint: 'The gateway could not read the request: check `login` and `password` for unusual characters.',
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
} as const satisfies Record<number, StatusMeaning>;
