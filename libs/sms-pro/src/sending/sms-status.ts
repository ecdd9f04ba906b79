import type { JsonValue } from '../message/json-value.js';
import type { Reason } from '../message/reason.js';
import { noCounts, type RecipientStatus, type StatusCounts } from '../message/recipient-status.js';
import type { StoredMessage } from '../store/messages/message.store.js';

/** The status of one recipient of a message. */
export interface SmsRecipientStatus {
  readonly phone: string;
  /** The packet that the phone is in now. */
  readonly packetId: string;
  readonly status: RecipientStatus;
  /** Why the message did not reach the phone; only if it did not. */
  readonly reason?: Reason;
  /** Segments of the text, as the gateway counts them; until its answer, as this package does. */
  readonly segments: number;
  /** When the gateway handed the message to the operator, or `null`. */
  readonly sentAt: Date | null;
  /** When the phone received it, or `null`. */
  readonly deliveredAt: Date | null;
}

/** The status of a message. */
export interface SmsStatus {
  readonly messageId: string;
  readonly reference?: string;
  readonly metadata?: Readonly<Record<string, JsonValue>>;
  readonly test: boolean;
  readonly createdAt: Date;
  /** When the last recipient got its final status, or `null`. */
  readonly completedAt: Date | null;
  /** How many recipients have each status. */
  readonly counts: StatusCounts;
  /** In the order in which the phones were given. */
  readonly recipients: readonly SmsRecipientStatus[];
}

/** The status of a message from its rows. */
export function smsStatus(message: StoredMessage): SmsStatus {
  const counts = noCounts();
  for (const { status } of message.recipients) counts[status] += 1;
  return {
    messageId: message.messageId,
    ...(message.reference === null ? {} : { reference: message.reference }),
    ...(message.metadata === null ? {} : { metadata: JSON.parse(message.metadata) as Record<string, JsonValue> }),
    test: message.test,
    createdAt: message.createdAt,
    completedAt: message.completedAt,
    counts,
    recipients: message.recipients.map(({ reason, ...recipient }) => ({
      ...recipient,
      ...(reason === null ? {} : { reason: reason as Reason }),
    })),
  };
}
