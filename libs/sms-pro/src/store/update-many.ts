import type { SqlStatement } from './insert-statement.js';
import type { SqlSession, SqlValue } from './sql-session.js';

/** A column that rows are found by, or that is set. */
export interface ManyColumn {
  readonly name: string;
  readonly type: 'text' | 'integer' | 'bigint';
  /** What is set, where it is not the value itself: `v` has the given values, `t` the row as it is. */
  readonly set?: string;
}

/** Rows of one table that are changed in one statement, each to values of its own. */
export interface ManyRows {
  readonly table: string;
  readonly keys: readonly ManyColumn[];
  readonly sets: readonly ManyColumn[];
  /** What every row gets, as SQL, by its column. */
  readonly also?: Readonly<Record<string, string>>;
  /** What else must hold of a row `t`. */
  readonly where?: string;
  /** Per row the keys, then what is set. */
  readonly rows: readonly (readonly SqlValue[])[];
}

/** Most rows of one statement. */
const ROWS_AT_ONCE = 500;

/** Changes many rows, each to values of its own, by as few statements as the database takes. Returns how many it found. */
export async function updateMany(session: SqlSession, { rows, ...what }: ManyRows): Promise<number> {
  const columns = what.keys.length + what.sets.length;
  const most = Math.min(ROWS_AT_ONCE, Math.floor(session.dialect.maxParameters / columns));
  const parts = Array.from({ length: Math.ceil(rows.length / most) }, (_, at) =>
    rows.slice(at * most, (at + 1) * most),
  );
  const found = await session.together(
    parts.map((part) => () => session.change(STATEMENTS[session.dialect.name](what, part))),
  );
  return found.reduce((sum, amount) => sum + amount, 0);
}

type What = Omit<ManyRows, 'rows'>;

type Rows = ManyRows['rows'];

/** The statement of each dialect. The given rows come first and lead to the table's key, never the other way round. */
const STATEMENTS: Readonly<Record<SqlSession['dialect']['name'], (what: What, rows: Rows) => SqlStatement>> = {
  sqlite: (what, rows) => {
    const tuple = `(${columnsOf(what)
      .map(() => '?')
      .join(', ')})`;
    const sql = `WITH v (${names(what)}) AS (VALUES ${repeated(tuple, rows.length)})
      UPDATE ${what.table} AS t SET ${assignments(what)} FROM v WHERE ${isFound(what)}`;
    return { sql, parameters: rows.flat() };
  },
  // An array for each column: to read thousands of parameters would take longer than to change the rows.
  postgres: (what, rows) => {
    const arrays = columnsOf(what).map(({ type }) => `CAST(? AS ${type}[])`);
    const sql = `UPDATE ${what.table} AS t SET ${assignments(what)}
      FROM unnest(${arrays.join(', ')}) AS v (${names(what)}) WHERE ${isFound(what)}`;
    return { sql, parameters: arrays.map((_, column) => rows.map((row) => row[column] ?? null)) };
  },
  mysql: (what, rows) => {
    // Keys are ASCII: compared as anything else, MariaDB would convert the column and scan the table.
    const marked = columnsOf(what).map(({ name, type }) =>
      type === 'text' ? `CONVERT(? USING ascii) COLLATE ascii_bin AS ${name}` : `? AS ${name}`,
    );
    const sql = `UPDATE (${repeated(`SELECT ${marked.join(', ')}`, rows.length, ' UNION ALL ')}) v
      STRAIGHT_JOIN ${what.table} t ON ${isFound(what)} SET ${assignments(what, 't.')}`;
    return { sql, parameters: rows.flat() };
  },
};

function columnsOf({ keys, sets }: What): readonly ManyColumn[] {
  return [...keys, ...sets];
}

function names(what: What): string {
  return columnsOf(what)
    .map(({ name }) => name)
    .join(', ');
}

function assignments({ sets, also = {} }: What, target = ''): string {
  const given = sets.map(({ name, set }) => `${target}${name} = ${set ?? `v.${name}`}`);
  return [...given, ...Object.entries(also).map(([name, sql]) => `${target}${name} = ${sql}`)].join(', ');
}

function isFound({ keys, where }: What): string {
  const same = keys.map(({ name }) => `t.${name} = v.${name}`);
  return (where === undefined ? same : [...same, where]).join(' AND ');
}

function repeated(part: string, times: number, between = ', '): string {
  return Array.from({ length: times }, () => part).join(between);
}
