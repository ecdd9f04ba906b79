import type { JsonValue } from '../message/json-value.js';
import type { Reason } from '../message/reason.js';
import { noCounts, type RecipientStatus, type StatusCounts } from '../message/recipient-status.js';
import type { StoredMessage } from '../store/messages/message.store.js';

/** Where one phone of a message stands. */
export interface SmsRecipientStatus {
  readonly phone: string;
  readonly packetId: string;
  readonly status: RecipientStatus;
  /** Why it did not make it; only where it did not. */
  readonly reason?: Reason;
  /** Segments it counts: as the gateway says, or our own estimate before that. */
  readonly segments: number;
  /** When the gateway handed it to the operator. */
  readonly sentAt: Date | null;
  readonly deliveredAt: Date | null;
}

/** Where a message stands. */
export interface SmsStatus {
  readonly messageId: string;
  readonly reference?: string;
  readonly metadata?: Readonly<Record<string, JsonValue>>;
  readonly test: boolean;
  readonly createdAt: Date;
  /** When the last recipient reached its end, or `null`. */
  readonly completedAt: Date | null;
  /** How many recipients stand at each status. */
  readonly counts: StatusCounts;
  /** In the order in which they were given. */
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
