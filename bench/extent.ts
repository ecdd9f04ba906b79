/** The databases that a benchmark can run on. */
export const DATABASE_NAMES = ['sqlite', 'postgres', 'mariadb'] as const;
export type DatabaseName = (typeof DATABASE_NAMES)[number];

/** How much a benchmark does: `quick` only shows that it works, `whole` runs only when asked for. */
export interface Extent {
  readonly size: 'quick' | 'usual' | 'whole';
  /** Rows of the curve beyond the usual ones; PostgreSQL alone. */
  readonly rows: number | null;
}
