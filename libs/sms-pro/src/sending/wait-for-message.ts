import { setTimeout as sleep } from 'node:timers/promises';
import { SmsProInputError } from '../errors/sms-pro.errors.js';
import { backOffMs } from '../message/back-off.js';
import type { MessageStore } from '../store/messages/message.store.js';
import { notFound } from './not-found.error.js';
import { smsStatus, type SmsStatus } from './sms-status.js';
import { SmsProWaitTimeoutError } from './wait-timeout.error.js';

/** The first and the longest delay, in ms, between two looks at the message. */
const FIRST_LOOK_MS = 20;
const MAX_LOOK_MS = 500;
/** The wait sleeps at least this many times as long as its last look took. */
const SLEEP_PER_LOOK = 10;

/** As `SmsProService.waitFor()`. */
export async function waitForMessage(
  messages: Pick<MessageStore, 'find' | 'hasReached'>,
  messageId: string,
  until: 'accepted' | 'final',
  options: { readonly timeoutMs: number },
): Promise<SmsStatus> {
  checkWait(until, options);
  const startedAt = performance.now();
  for (let looks = 0; ; looks += 1) {
    const lookedAt = performance.now();
    const reached = await messages.hasReached(messageId, until);
    if (reached === null) throw notFound('message', messageId);
    const now = performance.now();
    const left = options.timeoutMs - (now - startedAt);
    if (reached || left <= 0) {
      const message = await messages.find(messageId);
      if (message === null) throw notFound('message', messageId);
      if (reached) return smsStatus(message);
      throw new SmsProWaitTimeoutError(smsStatus(message), until, options.timeoutMs);
    }
    // A look at a large message costs the database time that sending needs, too.
    const delay = Math.max(backOffMs(FIRST_LOOK_MS, looks, MAX_LOOK_MS), (now - lookedAt) * SLEEP_PER_LOOK);
    await sleep(Math.min(delay, left));
  }
}

function checkWait(until: string, { timeoutMs }: { readonly timeoutMs: number }): void {
  const issues = [];
  if (until !== 'accepted' && until !== 'final') {
    issues.push({ path: 'until', message: "must be 'accepted' or 'final'" });
  }
  if (!Number.isFinite(timeoutMs) || timeoutMs < 0) {
    issues.push({ path: 'timeoutMs', message: 'must be a number of milliseconds, 0 or more' });
  }
  if (issues.length > 0) throw new SmsProInputError(issues);
}
