/** Chance that can be repeated: the same seed draws the same numbers. */
export class Chance {
  constructor(private state: number) {}

  /** From 0 up to, and without, 1. The generator is mulberry32. */
  draw(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.draw() * (most - least + 1));
  }

  /** One of a list, `undefined` of an empty one. */
  oneOf<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.draw() * list.length)];
  }
}
