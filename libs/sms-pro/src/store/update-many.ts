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
  let found = 0;
  for (let at = 0; at < rows.length; at += most) {
    const part = rows.slice(at, at + most);
    found += await session.run(STATEMENTS[session.dialect.name](what, part.length), part.flat());
  }
  return found;
}

type What = Omit<ManyRows, 'rows'>;

/** The statement of each dialect. The given rows come first and lead to the table's key, never the other way round. */
const STATEMENTS: Readonly<Record<SqlSession['dialect']['name'], (what: What, rows: number) => string>> = {
  sqlite: (what, rows) => {
    const tuple = `(${columnsOf(what)
      .map(() => '?')
      .join(', ')})`;
    return `WITH v (${names(what)}) AS (VALUES ${repeated(tuple, rows)})
      UPDATE ${what.table} AS t SET ${assignments(what)} FROM v WHERE ${isFound(what)}`;
  },
  postgres: (what, rows) => {
    const typed = columnsOf(what).map(({ type }) => `CAST(? AS ${type})`);
    const tuple = `(${typed.map(() => '?').join(', ')})`;
    // The first row gives the columns their types.
    const tuples = [`(${typed.join(', ')})`, ...Array.from({ length: rows - 1 }, () => tuple)];
    return `UPDATE ${what.table} AS t SET ${assignments(what)}
      FROM (VALUES ${tuples.join(', ')}) AS v (${names(what)}) WHERE ${isFound(what)}`;
  },
  mysql: (what, rows) => {
    // Keys are ASCII: compared as anything else, MariaDB would convert the column and scan the table.
    const marked = columnsOf(what).map(({ name, type }) =>
      type === 'text' ? `CONVERT(? USING ascii) COLLATE ascii_bin AS ${name}` : `? AS ${name}`,
    );
    return `UPDATE (${repeated(`SELECT ${marked.join(', ')}`, rows, ' UNION ALL ')}) v
      STRAIGHT_JOIN ${what.table} t ON ${isFound(what)} SET ${assignments(what, 't.')}`;
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
