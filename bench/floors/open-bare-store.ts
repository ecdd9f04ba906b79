import type { ScratchDatabase } from '../databases/scratch-databases.js';
import { openBareMariadb } from './bare-mariadb.js';
import { openBarePostgres } from './bare-postgres.js';
import { openBareSqlite } from './bare-sqlite.js';
import type { BareStore } from './bare-store.js';

/** Opens a database that the module has migrated. */
export async function openBareStore({ name, place }: ScratchDatabase): Promise<BareStore> {
  switch (name) {
    case 'sqlite':
      return openBareSqlite(place);
    case 'postgres':
      return openBarePostgres(place);
    case 'mariadb':
      return openBareMariadb(place);
  }
}
