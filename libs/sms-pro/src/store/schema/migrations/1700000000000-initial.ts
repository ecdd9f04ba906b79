import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf, type DialectName } from '../../dialects/dialect-of.js';
import { INDEXES, type TableIndex } from './initial-indexes.js';
import { TABLES } from './initial-tables.js';

/** How one dialect writes the placeholders of the tables. Part of this migration, so it never changes. */
type Words = Readonly<Record<'sequence' | 'long' | 'plain' | 'clustered', string>> & {
  /** Statements to run after the tables were made. */
  readonly after: readonly string[];
  /** The start of each CREATE TABLE. Where DDL commits by itself, a start that was killed may have made some already. */
  readonly createTable: string;
  /** The CREATE INDEX of one index, or `null` if the dialect needs none. */
  index(index: TableIndex): string | null;
  /** Finds an index that a killed start has made; `null` where DDL is rolled back. */
  readonly findIndex: ((index: TableIndex) => string) | null;
  ascii(length: string): string;
  unicode(length: string): string;
};

/** MariaDB ignores case and trailing blanks in comparisons unless told otherwise: ids and keys are exact bytes. */
const MYSQL_TABLE = ') ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin';

const WORDS: Readonly<Record<DialectName, Words>> = {
  sqlite: {
    sequence: 'integer PRIMARY KEY AUTOINCREMENT NOT NULL',
    long: 'text',
    plain: ')',
    clustered: ') WITHOUT ROWID',
    ascii: (length) => `varchar(${length})`,
    unicode: (length) => `varchar(${length})`,
    after: [],
    createTable: 'CREATE TABLE',
    index: partialIndex,
    findIndex: null,
  },
  postgres: {
    sequence: 'bigserial PRIMARY KEY NOT NULL',
    long: 'text',
    plain: ')',
    clustered: ')',
    ascii: (length) => `varchar(${length})`,
    unicode: (length) => `varchar(${length})`,
    // Each page of recipients is filled to 70 percent, so that a report can change a row without moving it.
    after: ['ALTER TABLE sms_pro_recipient SET (fillfactor = 70)'],
    createTable: 'CREATE TABLE',
    index: partialIndex,
    findIndex: null,
  },
  mysql: {
    sequence: 'bigint PRIMARY KEY AUTO_INCREMENT NOT NULL',
    long: 'mediumtext',
    plain: MYSQL_TABLE,
    clustered: MYSQL_TABLE,
    ascii: (length) => `varchar(${length}) CHARACTER SET ascii COLLATE ascii_bin`,
    unicode: (length) => `varchar(${length})`,
    after: [],
    createTable: 'CREATE TABLE IF NOT EXISTS',
    index: ({ mysqlColumns, ...index }) =>
      mysqlColumns === null ? null : createIndex({ ...index, columns: mysqlColumns ?? index.columns }),
    findIndex: ({ name, table }) =>
      `SELECT 1 FROM information_schema.statistics
       WHERE table_schema = DATABASE() AND table_name = '${table}' AND index_name = '${name}' LIMIT 1`,
  },
};

const TABLE_NAMES = TABLES.flatMap((sql) => /^CREATE TABLE (\w+)/.exec(sql)?.[1] ?? []);

function tableSql(sql: string, words: Words): string {
  return (
    sql
      .replace(/^CREATE TABLE/, words.createTable)
      .replaceAll(/\{(ascii|unicode):(\d+)\}/g, (_all, kind: 'ascii' | 'unicode', length: string) =>
        words[kind](length),
      )
      .replaceAll(
        /\{(sequence|long|plain|clustered)\}/g,
        (_all, word: 'sequence' | 'long' | 'plain' | 'clustered') => words[word],
      )
      // TypeORM recognises a SQLite sequence only by its quotes.
      .replaceAll(/(\w+) (integer PRIMARY KEY AUTOINCREMENT)/g, '"$1" $2')
  );
}

function createIndex({ name, table, columns, unique }: TableIndex): string {
  return `CREATE ${unique === true ? 'UNIQUE INDEX' : 'INDEX'} ${name} ON ${table} (${columns})`;
}

function partialIndex(index: TableIndex): string {
  return `${createIndex(index)}${index.where === undefined ? '' : ` WHERE ${index.where}`}`;
}

async function isThere(runner: QueryRunner, find: string | undefined): Promise<boolean> {
  const rows: unknown = find === undefined ? [] : await runner.query(find);
  return Array.isArray(rows) && rows.length > 0;
}

/** The first version of all tables. */
export class SmsProInitial1700000000000 implements MigrationInterface {
  readonly name = 'SmsProInitial1700000000000';

  async up(runner: QueryRunner): Promise<void> {
    const words = WORDS[dialectOf(runner.dataSource.options.type).name];
    for (const sql of TABLES) await runner.query(tableSql(sql, words));
    for (const sql of words.after) await runner.query(sql);
    for (const index of INDEXES) {
      const sql = words.index(index);
      if (sql !== null && !(await isThere(runner, words.findIndex?.(index)))) await runner.query(sql);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLE_NAMES.toReversed()) await runner.query(`DROP TABLE ${table}`);
  }
}
