import mysql from 'mysql2/promise';
import { BARE_TABLES, type BareRow, type BareTable } from './bare-rows.js';
import { asNumbers, POOL_SIZE, type BareStore } from './bare-store.js';

/** `mysql2` alone, with as many connections as the module has. */
export function openBareMariadb(url: string): BareStore {
  const pool = mysql.createPool({ uri: url, connectionLimit: POOL_SIZE });
  const inTransaction = async (work: (connection: mysql.PoolConnection) => Promise<void>) => {
    const connection = await pool.getConnection();
    try {
      await connection.query('START TRANSACTION');
      await work(connection);
      await connection.query('COMMIT');
    } finally {
      connection.release();
    }
  };
  return {
    storeOne: (rows) =>
      inTransaction(async (connection) => {
        for (const table of BARE_TABLES) {
          for (const row of rows[table.rows]) await connection.query(insertSql(table, 1), [...row]);
        }
      }),
    storeMany: (rows) =>
      inTransaction(async (connection) => {
        for (const table of BARE_TABLES) {
          const all: readonly BareRow[] = rows[table.rows];
          await connection.query(insertSql(table, all.length), all.flat());
        }
      }),
    run: async (sql) => void (await pool.query(sql)),
    numbers: async (sql) => asNumbers(((await pool.query(sql))[0] as unknown[])[0]),
    close: () => pool.end(),
  };
}

function insertSql({ name, columns }: BareTable, rows: number): string {
  const row = `(${columns.map(() => '?').join(', ')})`;
  return `INSERT INTO ${name} (${columns.join(', ')}) VALUES ${Array.from({ length: rows }, () => row).join(', ')}`;
}
