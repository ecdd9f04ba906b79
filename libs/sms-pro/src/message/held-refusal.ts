/** Status 10, "the id repeats". Source: the partner API, table "статусы отправки". */
const ID_REPEATS = '10';

/** Status 7, "one or more phones are badly written". Source: the partner API, table "статусы отправки". */
const BAD_PHONES = '7';

/** How the two special kinds are marked in a row. */
const ONCE_MARK = '?';
const USED_UP_MARK = '!';

/**
 * A refusal that does not decide yet what becomes of its packet: it counts only if the gateway still does not know the
 * packet when the wait for a repeat has passed.
 */
export class HeldRefusal {
  private constructor(
    /** The gateway's status, as it was written in the answer. */
    readonly status: string,
    private readonly kind: 'believed' | 'once' | 'used-up',
  ) {}

  /** A refusal that is believed after the wait. */
  static of(status: string): HeldRefusal {
    return new HeldRefusal(status, 'believed');
  }

  /** A status that the partner API does not list, met for the first time: believed only if it comes again. */
  static once(status: string): HeldRefusal {
    return new HeldRefusal(status, 'once');
  }

  /** Status 10 after nothing but refusals: one of those used the id up, and nothing was sent under it. */
  static readonly ID_USED_UP = new HeldRefusal(ID_REPEATS, 'used-up');

  /** Reads what {@link toString} wrote. */
  static parse(stored: string): HeldRefusal {
    if (stored === HeldRefusal.ID_USED_UP.toString()) return HeldRefusal.ID_USED_UP;
    return stored.startsWith(ONCE_MARK) ? HeldRefusal.once(stored.slice(ONCE_MARK.length)) : HeldRefusal.of(stored);
  }

  /** As it is stored in a row. */
  toString(): string {
    if (this.kind === 'once') return `${ONCE_MARK}${this.status}`;
    return this.kind === 'used-up' ? `${this.status}${USED_UP_MARK}` : this.status;
  }

  /** Whether this status, met again, is no longer new. */
  isFirstOf(status: string): boolean {
    return this.kind === 'once' && this.status === status;
  }

  /** Whether a refusal used the id up, so that nothing was sent under it. */
  get isIdUsedUp(): boolean {
    return this.kind === 'used-up';
  }

  /** Whether the packet was refused for some of its phones, and it is not known yet for which. */
  get isForPhones(): boolean {
    return this.kind === 'believed' && this.status === BAD_PHONES;
  }

  /** Whether the gateway says that it knows the id, or refused phones: such a packet is never sent again as it is. */
  get forbidsRepeat(): boolean {
    return this.isForPhones || this.status === ID_REPEATS;
  }

  /** Whether it can end the packet as rejected. */
  get mayReject(): boolean {
    return this.kind === 'believed' && this.status !== ID_REPEATS;
  }
}
