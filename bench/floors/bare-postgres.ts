import { Pool, type PgClient } from 'pg';
import { BARE_TABLES, type BareRow, type BareRows, type BareTable } from './bare-rows.js';
import { asNumbers, POOL_SIZE, type BareStore } from './bare-store.js';

/** `pg` alone, with as many connections as the module has. */
export function openBarePostgres(url: string): BareStore {
  const pool = new Pool({ connectionString: url, max: POOL_SIZE });
  const inTransaction = async (work: (client: PgClient) => Promise<void>) => {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await work(client);
      await client.query('COMMIT');
    } finally {
      client.release();
    }
  };
  return {
    storeOne: (rows) =>
      inTransaction(async (client) => {
        for (const table of BARE_TABLES) {
          for (const row of rows[table.rows]) await client.query(ONE_ROW.get(table) ?? '', row);
        }
      }),
    storeMany: (rows) =>
      inTransaction(async (client) => {
        for (const table of BARE_TABLES) await insertArrays(client, table, rows);
      }),
    run: async (sql) => void (await pool.query(sql)),
    numbers: async (sql) => asNumbers((await pool.query(sql)).rows[0]),
    close: () => pool.end(),
  };
}

const into = ({ name, columns }: BareTable) => `INSERT INTO ${name} (${columns.join(', ')})`;

const ONE_ROW: ReadonlyMap<BareTable, string> = new Map(
  BARE_TABLES.map((table) => [
    table,
    `${into(table)} VALUES (${table.columns.map((_, at) => `$${at + 1}`).join(', ')})`,
  ]),
);

/** `INSERT … SELECT unnest(…)`, an array for each column: the fastest way with parameters. */
async function insertArrays(client: PgClient, table: BareTable, rows: BareRows): Promise<void> {
  const all: readonly BareRow[] = rows[table.rows];
  const arrays = table.columns.map((_, column) => all.map((row) => row[column] ?? null));
  const types = arrays.map((values) => (values.some((value) => typeof value === 'string') ? 'text' : 'bigint'));
  const parameters = types.map((type, at) => `$${at + 1}::${type}[]`).join(', ');
  await client.query(`${into(table)} SELECT * FROM unnest(${parameters})`, arrays);
}
