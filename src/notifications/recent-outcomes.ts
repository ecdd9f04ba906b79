import { Injectable } from '@nestjs/common';

/** How a notification ended for one phone. */
export interface Outcome {
  readonly messageId: string;
  readonly reference: string | null;
  readonly phone: string;
  readonly outcome: 'delivered' | 'undelivered';
  /** Nobody was reached: somebody should call. */
  readonly callNeeded: boolean;
  readonly at: Date;
}

const MAX_OUTCOMES = 1_000;

/** The latest outcomes, in memory. A real service would write them to a table of its own. */
@Injectable()
export class RecentOutcomes {
  private readonly byEvent = new Map<string, Outcome>();

  /** Keeps an outcome once, however often it is told: an event can come twice, with the same `eventId`. */
  note(eventId: string, outcome: Outcome): void {
    this.byEvent.set(eventId, outcome);
    const [oldest] = this.byEvent.keys();
    if (this.byEvent.size > MAX_OUTCOMES && oldest !== undefined) this.byEvent.delete(oldest);
  }

  /** The latest first; of one reference alone where it is given. */
  latest(reference?: string): Outcome[] {
    const outcomes = [...this.byEvent.values()].toReversed();
    return reference === undefined ? outcomes : outcomes.filter((outcome) => outcome.reference === reference);
  }
}
