import { marks, type SqlRowValues, type SqlStatement, type SqlValue } from './sql-statement.js';

/** The longest statement, in rows, whose text is cached: a campaign writes thousands of the same few lengths. */
const MAX_CACHED_ROWS = 100;

const cachedSql = new Map<string, string>();

/** `INSERT … VALUES`, as every database takes it. */
export function insertValues(into: string, columns: number, rows: SqlRowValues): SqlStatement {
  return { sql: valuesSql(into, columns, rows.length), parameters: rows.flat() };
}

function valuesSql(into: string, columns: number, rows: number): string {
  const key = `${rows} ${into}`;
  const cached = cachedSql.get(key);
  if (cached !== undefined) return cached;
  const row = `(${marks(columns)})`;
  const sql = `${into} VALUES ${Array.from({ length: rows }, () => row).join(', ')}`;
  if (rows <= MAX_CACHED_ROWS) cachedSql.set(key, sql);
  return sql;
}

/**
 * `INSERT … SELECT FROM unnest(…)`, for PostgreSQL: one array per column instead of one parameter per value. A column
 * with the same value in all rows is sent once. `unnest` returns the rows in the order of the arrays, so sequences
 * number them in that order.
 */
export function insertUnnest(into: string, columns: number, rows: SqlRowValues): SqlStatement {
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
  // If the rows are equal in every column, there is no array that says how many they are.
  if (arrays.length === 0) return insertValues(into, columns, rows);
  const names = arrays.map((_, at) => `c${at}`).join(', ');
  return {
    sql: `${into} SELECT ${selected.join(', ')} FROM unnest(${types.join(', ')}) AS u(${names})`,
    parameters: [...constants, ...arrays],
  };
}

/** Every number is sent as `bigint`, since an instant does not fit into `integer`; PostgreSQL narrows it by itself. */
function typeOf(values: readonly SqlValue[]): 'bigint' | 'text' {
  return values.some((value) => typeof value === 'string') ? 'text' : 'bigint';
}
