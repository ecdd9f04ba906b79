import { SmsProTransportError } from '../errors/sms-pro.errors.js';
import type { ReportsAnswer } from './dr.codec.js';

/** A question of `/api/dr`. */
export interface ReportsQuestion {
  readonly id: string;
  /** Left out: all phones of the packet. */
  readonly phone: string | undefined;
  readonly signal: AbortSignal | undefined;
}

type Outcome = { readonly answer: ReportsAnswer } | { readonly error: unknown };

interface OpenQuestion {
  readonly phone: string | undefined;
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
}

/** "Not found". Source: the partner API, "коды ошибок при запросе отчета". */
const NOT_FOUND_STATUS = '4';

/**
 * One question of `/api/dr` per id at a time: the gateway answers a second one with 5. Whoever asks the same while a
 * question is open shares its answer, but for a "not found" that was asked before them: a packet may be sent again on
 * that ground, so it must be known when the question left.
 */
export class QuestionGate {
  readonly #open = new Map<string, OpenQuestion>();

  async ask(question: ReportsQuestion, post: () => Promise<ReportsAnswer>): Promise<ReportsAnswer> {
    const { id, phone, signal } = question;
    for (let askedBefore = true; ; askedBefore = false) {
      const open = this.#open.get(id);
      if (open === undefined) return unwrap(await this.#begin(question, post));
      const outcome = await unlessAborted(open.outcome, signal);
      // The call itself says that it was aborted, and sends nothing.
      if (outcome === null) return post();
      if (open.phone === phone && mayShare(outcome, askedBefore)) return unwrap(outcome);
    }
  }

  #begin({ id, phone }: ReportsQuestion, post: () => Promise<ReportsAnswer>): Promise<Outcome> {
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

function mayShare(outcome: Outcome, askedBefore: boolean): boolean {
  if ('answer' in outcome) return !askedBefore || outcome.answer.status !== NOT_FOUND_STATUS;
  // Somebody else's signal says nothing of the gateway.
  return !(outcome.error instanceof SmsProTransportError && outcome.error.fault === 'aborted');
}

/** What the work brings, which never rejects; `null` when the signal came first. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T | null> {
  if (signal === undefined) return work;
  if (signal.aborted) return null;
  return new Promise((resolve) => {
    const onAbort = () => resolve(null);
    signal.addEventListener('abort', onAbort, { once: true });
    void work.finally(() => signal.removeEventListener('abort', onAbort)).then(resolve);
  });
}
