import { Injectable } from '@nestjs/common';

/** The outcome of a notification for one phone. */
export interface Outcome {
  readonly messageId: string;
  readonly reference: string | null;
  readonly phone: string;
  readonly outcome: 'delivered' | 'undelivered';
  /** The SMS did not reach the phone: someone should call. */
  readonly callNeeded: boolean;
  readonly at: Date;
}

const MAX_OUTCOMES = 1_000;

/** The latest outcomes, in memory. A real service would write them to a table of its own. */
@Injectable()
export class RecentOutcomes {
  private readonly byEvent = new Map<string, Outcome>();

  /** Keeps each outcome once: an event can be delivered twice, with the same `eventId`. */
  note(eventId: string, outcome: Outcome): void {
    this.byEvent.set(eventId, outcome);
    const [oldest] = this.byEvent.keys();
    if (this.byEvent.size > MAX_OUTCOMES && oldest !== undefined) this.byEvent.delete(oldest);
  }

  /** Latest first; only those of `reference` if it is given. */
  latest(reference?: string): Outcome[] {
    const outcomes = [...this.byEvent.values()].toReversed();
    return reference === undefined ? outcomes : outcomes.filter((outcome) => outcome.reference === reference);
  }
}
