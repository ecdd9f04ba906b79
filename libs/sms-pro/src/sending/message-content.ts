import { priorityRank } from '../message/priority.js';
import type { MessageContent } from '../store/messages/message-rows.js';
import type { CheckedRequest } from './check-request.js';
import { textDigest } from './fingerprint.js';

/** What is stored of a checked request. */
export function messageContent(
  messageId: string,
  checked: CheckedRequest,
  digestKey: string,
  now: number,
): MessageContent {
  return {
    messageId,
    sender: checked.sender,
    text: checked.text,
    textDigest: checked.sensitive ? textDigest(checked.text, digestKey) : null,
    sensitive: checked.sensitive,
    encoding: checked.segments.encoding,
    segments: checked.segments.segments,
    priority: priorityRank(checked.priority),
    test: checked.test,
    sendAt: checked.sendAt,
    validUntil: checked.validUntil,
    deadlineAt: checked.deadlineAt,
    reference: checked.reference,
    metadata: checked.metadata,
    createdAt: now,
  };
}
