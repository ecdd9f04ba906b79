/**
 * Why a recipient was not reached, or a packet was refused.
 *
 * From the gateway's answer to `/api/message` (the partner API, table "статусы отправки"): `format` (1), `sender` (5),
 * `stop-words` (6), `phone` (7), `time` (8). From a report (table "коды отчетов"): `operator-refused` (2), `not-delivered`
 * (4), `funds` (5), `no-final-report` (7). From this package: `validity` (`validUntil` passed
 * before it was sent), `deadline` (`dispatch.maxAgeMs` passed before it was sent, or its fate was still unknown at its
 * deadline or after `polling.giveUpAfterMs`), `canceled`. `gateway-<code>`: a status that the partner API does not list.
 */
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

/**
 * Why sending is paused for the account or one of its senders: the meaning of a status of `/api/message` (the partner API,
 * table "статусы отправки"), `endpoint` (HTTP errors, the URL is probably wrong), or `gateway-<code>` for a status that is
 * not in the table.
 */
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
