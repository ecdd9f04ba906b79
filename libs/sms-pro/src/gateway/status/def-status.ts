import type { StatusMeaning } from './status-meaning.js';

/** Statuses of `/api/def`. Here 3 is the phone, not the IP address. Source: the partner API, section 3, "статусы запроса". */
export const DEF_STATUS = {
  0: { meaning: 'the phone is known', hint: 'Nothing to do.', retryable: false },
  1: {
    meaning: 'fault in the format of the request',
    hint: 'The gateway could not read the request: check the phone, and tell the gateway if it stays.',
    retryable: false,
  },
  2: {
    meaning: 'wrong login or password',
    hint: 'Check `login` and `password` against the API settings in the cabinet at smspro.nikita.kg.',
    retryable: false,
  },
  3: {
    meaning: 'the phone number is badly written',
    hint: 'Check the phone number: the gateway knows those of the GSM networks of Kyrgyzstan alone.',
    retryable: false,
  },
  4: {
    meaning: 'the phone is not in the base',
    hint: 'The gateway has no data on this phone: only the GSM networks of Kyrgyzstan are in its base.',
    retryable: false,
  },
} as const satisfies Record<number, StatusMeaning>;
