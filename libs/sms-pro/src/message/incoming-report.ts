/** The gateway's report on one phone. Source: the partner API, section 2, fields of the report. */
export interface PhoneReport {
  /** Digits only. */
  readonly phone: string;
  /** Code of the table "коды отчетов", such as `3` for delivered. Unknown codes are kept. */
  readonly code: string;
  /** When the SMS was handed to the operator, as the report has it: `YYYYMMDDhhmmss`, or empty. */
  readonly sendTime: string;
  /** When the operator's report arrived at the gateway, as the report has it: `YYYYMMDDhhmmss`, or empty. */
  readonly rcvTime: string;
  /** `sendTime` in epoch milliseconds; `null` if it is empty or unreadable. */
  readonly sentAt: number | null;
  /** `rcvTime` in epoch milliseconds; `null` if it is empty or unreadable. */
  readonly deliveredAt: number | null;
}

/** The gateway's report on one phone of one packet, pushed or polled. */
export interface IncomingReport extends PhoneReport {
  /** The `<id>` of the packet, as the report has it. */
  readonly packetId: string;
}
