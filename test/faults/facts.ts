/** A message that `send()` has accepted: its receipt has come back. */
export interface AcceptedMessage {
  readonly key: string;
  readonly messageId: string;
  readonly text: string;
  readonly phones: readonly string[];
}

/** A row of `sms_pro_message`. */
export interface StoredMessage {
  readonly messageId: string;
  readonly reference: string;
  readonly recipients: number;
  readonly openRecipients: number;
  readonly createdAt: number;
  readonly completedAt: number | null;
}

/** A row of `sms_pro_packet`. */
export interface StoredPacket {
  readonly packetId: string;
  readonly state: string;
  readonly recipients: number;
  readonly phones: number | null;
  readonly smscnt: number | null;
  readonly estimated: boolean;
  readonly attempts: number;
}

/** A row of `sms_pro_recipient`; without a status of its own it has that of its packet. */
export interface StoredRecipient {
  readonly messageId: string;
  readonly packetId: string;
  readonly phone: string;
  readonly status: string;
  readonly reason: string | null;
}

/** A row of `sms_pro_report`, in the order of its id. */
export interface StoredReport {
  readonly packetId: string;
  readonly phone: string;
  readonly code: string;
  readonly applied: boolean;
}

/** A row of `sms_pro_event`, in the order of its number. */
export interface StoredEvent {
  readonly eventId: string;
  readonly name: string;
  readonly messageId: string | null;
  readonly packetId: string | null;
  readonly phone: string | null;
  readonly state: string;
  readonly late: boolean;
}

/** What the gateway really sent to one phone. */
export interface SentSms {
  readonly packetId: string;
  readonly phone: string;
  readonly text: string;
  readonly segments: number;
  /** The report it has now. */
  readonly report: number;
}

/** A POST of a packet as the gateway met it. */
export interface PostedPacket {
  readonly packetId: string;
  readonly phones: readonly string[];
}

/** Rows read from the store after all processes have ended. */
export interface StoreFacts {
  readonly messages: readonly StoredMessage[];
  readonly packets: readonly StoredPacket[];
  readonly recipients: readonly StoredRecipient[];
  readonly reports: readonly StoredReport[];
  readonly events: readonly StoredEvent[];
  /** Deliveries that wait or are parked: `state event_seq subscriber`. */
  readonly deliveries: readonly string[];
  /** Packets that were taken up because the lease of a dead worker had ended. */
  readonly leasesEnded: number;
}

/** Everything the promises are held against. */
export interface Facts extends StoreFacts {
  readonly accepted: readonly AcceptedMessage[];
  readonly sent: readonly SentSms[];
  readonly posts: readonly PostedPacket[];
  /** How often the handlers finished each event, by its id; in the order in which they were first heard. */
  readonly heard: ReadonlyMap<string, number>;
  /** Most requests that `/api/message` had at one time, by the gateway's own count. */
  readonly mostInFlight: number;
  /** Most that it may have had; `null` where nothing bounds the sum. */
  readonly ceiling: number | null;
  /** Processes that ended though nobody ended them. */
  readonly endedByThemselves: readonly string[];
}
