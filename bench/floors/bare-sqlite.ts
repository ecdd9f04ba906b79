import Database from 'better-sqlite3';
import { BARE_TABLES, type BareRow, type BareRows, type BareTable } from './bare-rows.js';
import { asNumbers, type BareStore } from './bare-store.js';

/** Rows of one INSERT, most first; the statement of each size is prepared once. */
const ROWS_AT_ONCE = [100, 10, 1] as const;

/** Opens the file as the module does: one process, WAL, every commit synced to disk. */
export function openBareSqlite(file: string): BareStore {
  const database = new Database(file);
  database.pragma('locking_mode = EXCLUSIVE');
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  const begin = database.prepare('BEGIN');
  const commit = database.prepare('COMMIT');
  const inserts = BARE_TABLES.map((table) => ({
    table,
    statements: ROWS_AT_ONCE.map((rows) => ({ rows, insert: database.prepare(insertSql(table, rows)) })),
  }));

  const write = (rows: BareRows) => {
    begin.run();
    for (const { table, statements } of inserts) {
      const all = rows[table.rows];
      for (let at = 0; at < all.length;) {
        const left = all.length - at;
        const fit = statements.find((one) => one.rows <= left);
        if (fit === undefined) throw new Error('One row at a time always fits.');
        fit.insert.run(...flat(all.slice(at, at + fit.rows)));
        at += fit.rows;
      }
    }
    commit.run();
  };
  return {
    storeOne: async (rows) => write(rows),
    storeMany: async (rows) => write(rows),
    run: async (sql) => void database.exec(sql),
    numbers: async (sql) => asNumbers(database.prepare(sql).get()),
    close: async () => database.close(),
  };
}

function flat(rows: readonly BareRow[]): (string | number | null)[] {
  return rows.flat();
}

function insertSql({ name, columns }: BareTable, rows: number): string {
  const row = `(${columns.map(() => '?').join(', ')})`;
  return `INSERT INTO ${name} (${columns.join(', ')}) VALUES ${Array.from({ length: rows }, () => row).join(', ')}`;
}
