/** Which `recipient.*` events are stored. */
export type RecipientEvents = 'all' | 'final' | 'none';

/** The options that decide what is stored when a packet or a recipient changes. */
export interface StorePolicy {
  readonly recipientEvents: RecipientEvents;
  /** How long, in ms, after its acceptance a packet is first polled. */
  readonly staleAfterMs: number;
  /** How long, in ms, after its last POST a recipient without a final report becomes `unknown`. */
  readonly giveUpAfterMs: number;
}
