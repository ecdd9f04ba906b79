import { SmsProTransportError } from '../errors/sms-pro.errors.js';
import type { ReportsAnswer } from './dr.codec.js';
import { NOT_FOUND_STATUS } from './status/dr-status.js';

/** One request to `/api/dr`. */
export interface ReportsRequest {
  readonly id: string;
  /** Without it: all phones of the packet. */
  readonly phone: string | undefined;
  readonly signal: AbortSignal | undefined;
}

type Outcome = { readonly answer: ReportsAnswer } | { readonly error: unknown };

interface OpenRequest {
  readonly phone: string | undefined;
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
}

/**
 * Sends one request to `/api/dr` per id at a time: the gateway answers a second one with status 5. Callers with the same
 * request share the answer of the one in flight, except a "not found" whose request was sent before they called: "not
 * found" may permit a repeat, so the caller must know that its request was not sent too early.
 */
export class ReportsSingleFlight {
  readonly #open = new Map<string, OpenRequest>();

  async ask(request: ReportsRequest, post: () => Promise<ReportsAnswer>): Promise<ReportsAnswer> {
    const { id, phone, signal } = request;
    for (let wasSentBefore = true; ; wasSentBefore = false) {
      const open = this.#open.get(id);
      if (open === undefined) return unwrap(await this.#begin(request, post));
      const outcome = await unlessAborted(open.outcome, signal);
      // With an aborted signal the call sends nothing and throws the error for an abort.
      if (outcome === null) return post();
      if (open.phone === phone && mayShare(outcome, wasSentBefore)) return unwrap(outcome);
    }
  }

  #begin({ id, phone }: ReportsRequest, post: () => Promise<ReportsAnswer>): Promise<Outcome> {
    const outcome = settled(post).finally(() => this.#open.delete(id));
    this.#open.set(id, { phone, outcome });
    return outcome;
  }
}

async function settled(post: () => Promise<ReportsAnswer>): Promise<Outcome> {
  try {
    return { answer: await post() };
  } catch (error) {
    return { error };
  }
}

function unwrap(outcome: Outcome): ReportsAnswer {
  if ('error' in outcome) throw outcome.error;
  return outcome.answer;
}

function mayShare(outcome: Outcome, wasSentBefore: boolean): boolean {
  if ('answer' in outcome) return !wasSentBefore || outcome.answer.status !== NOT_FOUND_STATUS;
  // The abort of another caller says nothing about the gateway.
  return !(outcome.error instanceof SmsProTransportError && outcome.error.fault === 'aborted');
}

/** The result of a promise that never rejects; `null` if the signal is aborted first. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | null> {
  if (signal === undefined) return work;
  if (signal.aborted) return null;
  return new Promise((resolve) => {
    const onAbort = () => resolve(null);
    signal.addEventListener('abort', onAbort, { once: true });
    void work.finally(() => signal.removeEventListener('abort', onAbort)).then(resolve);
  });
}
