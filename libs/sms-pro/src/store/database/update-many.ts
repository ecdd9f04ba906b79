import type { SqlRowValues } from '../dialects/sql-statement.js';
import { columnsOf, type TableChange } from '../dialects/update-statement.js';
import type { SqlSession } from './sql-session.js';

/** Rows of one statement, at most. */
const MAX_ROWS = 500;

/** Rows of one table that are changed, each to values of its own. */
export interface RowChanges extends TableChange {
  /** The values of each row: its keys, then what is set. */
  readonly rows: SqlRowValues;
}

/** Changes many rows with as few statements as the database takes. Returns how many it found. */
export async function updateMany(session: SqlSession, { rows, ...change }: RowChanges): Promise<number> {
  const { dialect } = session;
  const size = Math.min(MAX_ROWS, Math.floor(dialect.batches.maxParameters / columnsOf(change).length));
  const parts = Array.from({ length: Math.ceil(rows.length / size) }, (_, at) =>
    rows.slice(at * size, (at + 1) * size),
  );
  const found = await session.together(parts.map((part) => () => session.change(dialect.updateMany(change, part))));
  return found.reduce((sum, amount) => sum + amount, 0);
}
