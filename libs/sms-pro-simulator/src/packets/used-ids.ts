import type { Dials } from '../dials/dials.js';

/** The used ids of one account, and whether using an id again is blocked (status 10). */
export class UsedIds {
  private readonly usedAt = new Map<string, number>();
  private last: string | undefined;

  isBlocked(id: string, dials: Readonly<Dials>, now: number): boolean {
    const folded = fold(id, dials);
    const { dedupe } = dials;
    if (dedupe === 'none') return false;
    if (dedupe === 'consecutive') return this.last === folded;
    const usedAt = this.usedAt.get(folded);
    if (usedAt === undefined) return false;
    return dedupe === 'forever' || now - usedAt < dedupe.windowMs;
  }

  use(id: string, dials: Readonly<Dials>, now: number): void {
    const folded = fold(id, dials);
    this.last = folded;
    if (dials.dedupe !== 'none') this.usedAt.set(folded, now);
  }
}

function fold(id: string, dials: Readonly<Dials>): string {
  return dials.idCaseSensitive ? id : id.toLowerCase();
}
