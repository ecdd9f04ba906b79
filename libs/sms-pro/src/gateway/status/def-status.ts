import type { StatusMeaning } from './status-meaning.js';

/** Statuses of `/api/def`. Here 3 is about the phone, not the IP address. Source: the partner API, section 3, "статусы запроса". */
export const DEF_STATUS = {
  0: { meaning: 'the phone is known', hint: 'Nothing to do.', retryable: false },
  1: {
    meaning: 'error in the format of the request',
    hint: 'The gateway could not read the request: check the phone, and contact the gateway if it happens again.',
    retryable: false,
  },
  2: {
    meaning: 'wrong login or password',
    hint: 'Check `login` and `password` against the API settings in the cabinet at smspro.nikita.kg.',
    retryable: false,
  },
  3: {
    meaning: 'the phone number is not written correctly',
    hint: 'Check the phone number: the gateway knows only numbers of the GSM networks of Kyrgyzstan.',
    retryable: false,
  },
  4: {
    meaning: 'the phone is not in the database',
    hint: 'The gateway has no data on this phone: its database has only the GSM networks of Kyrgyzstan.',
    retryable: false,
  },
} as const satisfies Record<number, StatusMeaning>;
