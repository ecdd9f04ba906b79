/** Status 10, "the id repeats". Source: the partner API, table "статусы отправки". */
const ID_REPEATS = '10';

/** Status 7, "one or more phones are not written correctly". Source: the partner API, table "статусы отправки". */
const BAD_PHONES = '7';

/** The marks of the two special kinds in a row. */
const ONCE_MARK = '?';
const USED_UP_MARK = '!';

/**
 * A refusal that is not final yet: it counts only if the gateway still does not know the packet when a repeat would be
 * allowed.
 */
export class HeldRefusal {
  private constructor(
    /** The gateway's status as the answer has it. */
    readonly status: string,
    private readonly kind: 'ordinary' | 'once' | 'used-up',
  ) {}

  /** A refusal that becomes final after the wait. */
  static of(status: string): HeldRefusal {
    return new HeldRefusal(status, 'ordinary');
  }

  /** The first refusal with a status that the partner API does not list: it becomes final only if it is repeated. */
  static once(status: string): HeldRefusal {
    return new HeldRefusal(status, 'once');
  }

  /** Status 10 after refusals only: one of them used the id up, and nothing was sent under it. */
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

  /** Whether this refusal was the first one with that status. */
  isFirstOf(status: string): boolean {
    return this.kind === 'once' && this.status === status;
  }

  /** Whether a refusal used the id up, so that nothing was sent under it. */
  get isIdUsedUp(): boolean {
    return this.kind === 'used-up';
  }

  /** Whether the packet was refused because of some of its phones, not known yet which. */
  get isForPhones(): boolean {
    return this.kind === 'ordinary' && this.status === BAD_PHONES;
  }

  /** Whether the gateway said that it knows the id, or refused phones: the packet must not be sent again unchanged. */
  get forbidsRepeat(): boolean {
    return this.isForPhones || this.status === ID_REPEATS;
  }

  /** Whether it can end the packet as rejected. */
  get mayReject(): boolean {
    return this.kind === 'ordinary' && this.status !== ID_REPEATS;
  }
}
