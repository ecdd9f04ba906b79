import type { SqlValue } from './sql-session.js';

/** One statement with its parameters. PostgreSQL takes an array for one of them. */
export interface SqlStatement {
  readonly sql: string;
  readonly parameters: readonly (SqlValue | readonly SqlValue[])[];
}

type Rows = readonly (readonly SqlValue[])[];

/** Longest statement, in rows, whose words are kept: a campaign writes thousands of the same few lengths. */
const KEPT_ROWS = 100;

const keptSql = new Map<string, string>();

/** `INSERT … VALUES`, as every database takes it. */
export function insertValues(into: string, columns: number, rows: Rows): SqlStatement {
  return { sql: valuesSql(into, columns, rows.length), parameters: rows.flat() };
}

function valuesSql(into: string, columns: number, rows: number): string {
  const name = `${rows} ${into}`;
  const kept = keptSql.get(name);
  if (kept !== undefined) return kept;
  const row = `(${Array.from({ length: columns }, () => '?').join(', ')})`;
  const sql = `${into} VALUES ${Array.from({ length: rows }, () => row).join(', ')}`;
  if (rows <= KEPT_ROWS) keptSql.set(name, sql);
  return sql;
}

/**
 * `INSERT … SELECT FROM unnest(…)`, for PostgreSQL: one array for each column in the place of one parameter for each
 * value, and a column with one value in all rows is sent once. The function gives the rows in the order of the arrays,
 * so sequences number them in that order.
 */
export function insertUnnest(into: string, columns: number, rows: Rows): SqlStatement {
  const selected: string[] = [];
  const arrays: SqlValue[][] = [];
  const constants: SqlValue[] = [];
  const types: string[] = [];
  for (let column = 0; column < columns; column += 1) {
    const values = rows.map((row) => row[column] ?? null);
    const [first = null] = values;
    const isConstant = values.every((value) => value === first);
    if (isConstant && first === null) {
      selected.push('NULL');
    } else if (isConstant) {
      selected.push(`CAST(? AS ${typeOf(values)})`);
      constants.push(first);
    } else {
      selected.push(`u.c${arrays.length}`);
      types.push(`CAST(? AS ${typeOf(values)}[])`);
      arrays.push(values);
    }
  }
  // Rows that are equal in every column are told apart by nothing: their number alone is an array.
  if (arrays.length === 0) return insertValues(into, columns, rows);
  const names = arrays.map((_, at) => `c${at}`).join(', ');
  return {
    sql: `${into} SELECT ${selected.join(', ')} FROM unnest(${types.join(', ')}) AS u(${names})`,
    parameters: [...constants, ...arrays],
  };
}

/** An instant does not fit into `integer`; PostgreSQL makes it one where the column is. */
function typeOf(values: readonly SqlValue[]): 'bigint' | 'text' {
  return values.some((value) => typeof value === 'string') ? 'text' : 'bigint';
}
