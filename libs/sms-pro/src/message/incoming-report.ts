/** What the gateway says of one phone. */
export interface PhoneReport {
  /** Digits only. */
  readonly phone: string;
  /** Raw code of the table "коды отчетов", such as `3` for delivered. Unknown codes are kept. */
  readonly code: string;
  /** When it went to the operator, as written: `YYYYMMDDhhmmss`, or empty. */
  readonly sendTime: string;
  /** When the operator's report came, as written: `YYYYMMDDhhmmss`, or empty. */
  readonly rcvTime: string;
  /** `sendTime` in epoch milliseconds; `null` when it is empty or unreadable. */
  readonly sentAt: number | null;
  /** `rcvTime` in epoch milliseconds; `null` when it is empty or unreadable. */
  readonly deliveredAt: number | null;
}

/** What the gateway says of one phone of one packet, pushed or asked for. */
export interface IncomingReport extends PhoneReport {
  /** The gateway's `<id>`, as written. */
  readonly packetId: string;
}
