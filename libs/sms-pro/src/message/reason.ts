/** Why a recipient or a packet did not make it. Users match on these words. */
export type Reason =
  | 'format'
  | 'sender'
  | 'stop-words'
  | 'phone'
  | 'time'
  | 'operator-refused'
  | 'funds'
  | 'not-delivered'
  | 'no-final-report'
  | 'deadline'
  | 'validity'
  | 'canceled'
  | `gateway-${string}`;

/** Why the account (or one sender of it) stopped sending. */
export type PauseReason =
  | 'authorization'
  | 'ip-address'
  | 'funds'
  | 'test-mode'
  | 'endpoint'
  | 'sender'
  | 'format'
  | 'time'
  | `gateway-${string}`;
