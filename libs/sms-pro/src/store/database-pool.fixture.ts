import { setTimeout as pause } from 'node:timers/promises';
import { afterAll } from '@jest/globals';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { ScratchDatabase, TestDatabase } from '../../../../test/support/test-databases.js';
import { openDataSource } from './schema/open-data-source.js';

/** A database that cannot be emptied in this time is locked by what an earlier test has left open. */
const MAX_EMPTYING_MS = 10_000;

/** A migrated and empty database for one test. */
export interface LeasedDatabase {
  readonly options: DataSourceOptions;
  /** For the next test. A database that is not given back is dropped at the end of the file. */
  giveBack(): void;
}

interface Table {
  readonly name: string;
  /** The column that numbers its rows; `null` where there is none. */
  readonly sequence: string | null;
}

/** A migrated database, with a connection of its own to empty it. */
class MigratedDatabase {
  /** Whether its rows could not be deleted: somebody holds locks, and a DELETE may still wait for them. */
  private isStuck = false;

  private constructor(
    readonly scratch: ScratchDatabase,
    private readonly cleaner: DataSource,
    private readonly tables: readonly Table[],
  ) {}

  static async create(scratch: ScratchDatabase): Promise<MigratedDatabase> {
    const migrated = await openDataSource(scratch.options, true);
    const tables = migrated.entityMetadatas.map(({ tableName, generatedColumns: [generated] }) => ({
      name: tableName,
      sequence: generated?.databaseName ?? null,
    }));
    await migrated.destroy();
    return new MigratedDatabase(scratch, await new DataSource(scratch.options).initialize(), tables);
  }

  /** Whether all rows could be deleted in time. */
  async empty(maxMs: number): Promise<boolean> {
    const isLate = new AbortController();
    const late = pause(maxMs, false, { signal: isLate.signal }).catch(() => false);
    const emptied = this.deleteRows().then(
      () => true,
      () => false,
    );
    this.isStuck = !(await Promise.race([emptied, late]));
    isLate.abort();
    return !this.isStuck;
  }

  async drop(): Promise<void> {
    if (!this.isStuck) await this.cleaner.destroy();
    await this.scratch.drop();
    // The server has ended the DELETE that was waiting.
    if (this.isStuck) await this.cleaner.destroy().catch(() => {});
  }

  /** DELETE and not TRUNCATE: on both servers TRUNCATE of twelve tables takes as long as a new database. */
  private async deleteRows(): Promise<void> {
    await this.cleaner.transaction(async (manager) => {
      for (const { name } of this.tables) await manager.query(`DELETE FROM ${name}`);
    });
    await this.restartSequences();
  }

  private async restartSequences(): Promise<void> {
    for (const { name, sequence } of this.tables) {
      if (sequence === null) continue;
      if (this.cleaner.options.type === 'postgres') {
        await this.cleaner.query(`SELECT setval(pg_get_serial_sequence('${name}', '${sequence}'), 1, false)`);
      } else if (await this.hasCounted(name)) {
        await this.cleaner.query(`ALTER TABLE ${name} AUTO_INCREMENT = 1`);
      }
    }
  }

  /** An ALTER TABLE of MariaDB is slow, so it is left out where nothing was inserted. */
  private async hasCounted(table: string): Promise<boolean> {
    const rows: readonly unknown[] = await this.cleaner.query(
      'SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ? AND auto_increment > 1',
      [table],
    );
    return rows.length > 0;
  }
}

/** Databases of one kind, migrated once and emptied for each test: migrations take most of the time on a server. */
export class DatabasePool {
  private readonly all: MigratedDatabase[] = [];
  private readonly free: MigratedDatabase[] = [];

  constructor(
    private readonly kind: TestDatabase,
    private readonly maxEmptyingMs = MAX_EMPTYING_MS,
  ) {}

  async lease(): Promise<LeasedDatabase> {
    const database = (await this.emptied()) ?? (await this.created());
    return { options: database.scratch.options, giveBack: () => void this.free.push(database) };
  }

  async drop(): Promise<void> {
    await Promise.all(this.all.splice(0).map((database) => database.drop()));
  }

  /** One that can be emptied; the others are used no more. */
  private async emptied(): Promise<MigratedDatabase | undefined> {
    for (let database = this.free.pop(); database !== undefined; database = this.free.pop()) {
      if (await database.empty(this.maxEmptyingMs)) return database;
    }
    return undefined;
  }

  private async created(): Promise<MigratedDatabase> {
    const database = await MigratedDatabase.create(await this.kind.create());
    this.all.push(database);
    return database;
  }
}

/** The pools of this spec file, by the kind of database as the spec has it. */
const POOLS = new Map<TestDatabase, DatabasePool>();

/** A database of a server for one test. */
export async function leaseDatabase(kind: TestDatabase): Promise<LeasedDatabase> {
  const pool = POOLS.get(kind) ?? new DatabasePool(kind);
  POOLS.set(kind, pool);
  return pool.lease();
}

afterAll(async () => {
  await Promise.all([...POOLS.values()].map((pool) => pool.drop()));
  POOLS.clear();
});
