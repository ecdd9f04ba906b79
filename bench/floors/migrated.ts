import type { ScratchDatabase } from '../databases/scratch-databases.js';
import { openDataSource } from '../inner-parts.js';
import type { BenchContext } from '../bench-context.js';
import type { BareStore } from './bare-store.js';
import { openBareStore } from './open-bare-store.js';

/** A database with the module's own tables and indexes, and no rows. */
export async function migratedDatabase(context: BenchContext): Promise<ScratchDatabase> {
  const database = await context.createDatabase();
  const source = await openDataSource(database.options, true);
  await source.destroy();
  return database;
}

/** The driver alone on such a database. It is closed when the benchmark ends. */
export async function migratedBareStore(context: BenchContext): Promise<BareStore> {
  const store = await openBareStore(await migratedDatabase(context));
  context.atEnd(() => store.close());
  return store;
}
