/** A function to run at one instant. */
interface Timer {
  readonly dueAt: number;
  /** Two timers of the same instant run in the order in which they were scheduled. */
  readonly sequence: number;
  readonly run: () => void;
}

/**
 * A binary heap of timers by due time. One heap serves the whole simulator, so that a packet costs two heap entries
 * instead of one host timer for each of its phones.
 */
export class TimerQueue {
  private readonly heap: Timer[] = [];
  private sequence = 0;

  /** The earliest due time in epoch milliseconds, or undefined when nothing waits. */
  get nextDueAt(): number | undefined {
    return this.heap[0]?.dueAt;
  }

  add(dueAt: number, run: () => void): void {
    const timer: Timer = { dueAt, sequence: this.sequence++, run };
    let index = this.heap.push(timer) - 1;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.heap[parentIndex];
      if (parent === undefined || !isBefore(timer, parent)) break;
      this.heap[index] = parent;
      index = parentIndex;
    }
    this.heap[index] = timer;
  }

  /** Runs everything due at `now` or before, including what these timers add for the same instant. */
  runDue(now: number): void {
    for (let due = this.nextDueAt; due !== undefined && due <= now; due = this.nextDueAt) {
      this.takeFirst()?.run();
    }
  }

  private takeFirst(): Timer | undefined {
    const first = this.heap[0];
    const last = this.heap.pop();
    if (first === undefined || last === undefined || first === last) return first;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = this.heap[childIndex];
      const right = this.heap[childIndex + 1];
      if (child !== undefined && right !== undefined && isBefore(right, child)) {
        childIndex += 1;
        child = right;
      }
      if (child === undefined || !isBefore(child, last)) break;
      this.heap[index] = child;
      index = childIndex;
    }
    this.heap[index] = last;
    return first;
  }
}

function isBefore(left: Timer, right: Timer): boolean {
  return left.dueAt === right.dueAt ? left.sequence < right.sequence : left.dueAt < right.dueAt;
}
