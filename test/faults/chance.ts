/** Repeatable random numbers: the same seed gives the same numbers. */
export class Chance {
  constructor(private state: number) {}

  /** A number from 0 to 1, without 1. The generator is mulberry32. */
  draw(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number; both ends are included. */
  between(min: number, max: number): number {
    return min + Math.floor(this.draw() * (max - min + 1));
  }

  /** One item of a list; `undefined` if the list is empty. */
  oneOf<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.draw() * list.length)];
  }
}
