/** What SQL takes as a parameter. Instants are epoch milliseconds, flags are numbers, in every dialect. */
export type SqlValue = string | number | null;

/** Values of several rows, column by column. */
export type SqlRowValues = readonly (readonly SqlValue[])[];

/** One statement with its parameters. PostgreSQL takes an array for one of them. */
export interface SqlStatement {
  readonly sql: string;
  readonly parameters: readonly (SqlValue | readonly SqlValue[])[];
}

/** `?, ?, ?` for a list of parameters. */
export function marks(count: number): string {
  return Array.from({ length: count }, () => '?').join(', ');
}
