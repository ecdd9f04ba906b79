import Database from 'better-sqlite3';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { eventually } from './eventually.js';

type Row = Record<string, unknown>;

/** Direct SQL access to the database of a module under test. */
export interface RawDatabase {
  /** What to give to the module. */
  readonly options: DataSourceOptions;
  query(sql: string): Promise<Row[]>;
  close(): Promise<void>;
}

interface Handle {
  readonly inTransaction: boolean;
  prepare(sql: string): { readonly reader: boolean; all(): Row[]; run(): unknown };
}

/**
 * Opens that access. On SQLite it is the module's own connection, since the module locks the file; on a server it is a
 * second one.
 */
export async function rawDatabase(options: DataSourceOptions): Promise<RawDatabase> {
  if (options.type !== 'better-sqlite3') {
    const server = await new DataSource(options).initialize();
    return { options, query: (sql) => server.query(sql), close: () => server.destroy() };
  }
  const Driver = Database as unknown as new (...opening: unknown[]) => Handle;
  const handles: Handle[] = [];
  class Remembered extends Driver {
    constructor(...opening: unknown[]) {
      super(...opening);
      handles.push(this);
    }
  }
  return {
    options: { ...options, driver: Remembered },
    query: async (sql) => {
      const handle = handles.at(-1);
      if (handle === undefined) throw new Error('The module has not opened its database.');
      // What runs inside the module's transaction would be rolled back with it.
      await eventually(
        () => handle.inTransaction,
        (isBusy) => !isBusy,
      );
      const statement = handle.prepare(sql);
      if (statement.reader) return statement.all();
      statement.run();
      return [];
    },
    close: async () => {},
  };
}
