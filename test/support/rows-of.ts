import { DataSource, type DataSourceOptions } from 'typeorm';

type Row = Readonly<Record<string, unknown>>;

/** Reads rows of a database that no application has open any more: one on SQLite locks its file for itself. */
export async function rowsOf(options: DataSourceOptions | undefined, sql: string): Promise<Row[]> {
  if (options === undefined) throw new Error('There is no database to read.');
  const source = await new DataSource(options).initialize();
  try {
    return (await source.query(sql)) as Row[];
  } finally {
    await source.destroy();
  }
}
