/** A message that `send()` has accepted: its receipt came back. */
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

/** A row of `sms_pro_recipient`; if it has no status of its own, it has the status of its packet. */
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

/** A POST of a packet as the gateway received it. */
export interface PostedPacket {
  readonly packetId: string;
  readonly phones: readonly string[];
}

/** Rows read from the store after the end of all processes. */
export interface StoreFacts {
  readonly messages: readonly StoredMessage[];
  readonly packets: readonly StoredPacket[];
  readonly recipients: readonly StoredRecipient[];
  readonly reports: readonly StoredReport[];
  readonly events: readonly StoredEvent[];
  /** Deliveries that still wait or are parked, each as `state event_seq subscriber`. */
  readonly deliveries: readonly string[];
  /** Packets that another worker took over because the lease of a dead worker had ended. */
  readonly leasesEnded: number;
}

/** Everything that the promises are checked against. */
export interface Facts extends StoreFacts {
  readonly accepted: readonly AcceptedMessage[];
  readonly sent: readonly SentSms[];
  readonly posts: readonly PostedPacket[];
  /** How often the handlers finished each event, by its id; in the order in which they were first heard. */
  readonly heard: ReadonlyMap<string, number>;
  /** Peak of the requests in flight on `/api/message`, as counted by the gateway. */
  readonly mostInFlight: number;
  /** The limit of that number; `null` if there is none. */
  readonly ceiling: number | null;
  /** Processes that ended although the suite did not end them. */
  readonly endedByThemselves: readonly string[];
}
