import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { DataSourceOptions } from 'typeorm';
import { createServerDatabase, whyMissing } from '../../test/support/test-servers.js';
import type { DatabaseName } from '../extent.js';

/** A database of one side of one benchmark. */
export interface ScratchDatabase {
  readonly name: DatabaseName;
  /** The file, or the URL. */
  readonly place: string;
  readonly options: DataSourceOptions;
  drop(): Promise<void>;
}

/** Why a benchmark cannot run on this database, or `null`. */
export async function missing(name: DatabaseName): Promise<string | null> {
  return name === 'sqlite' ? null : whyMissing(name);
}

/** Creates an empty database. Dropping it also cuts whoever is still connected. */
export async function createDatabase(name: DatabaseName, folder: string): Promise<ScratchDatabase> {
  if (name === 'sqlite') {
    const place = join(folder, `${randomBytes(6).toString('hex')}.sqlite`);
    // The file goes with the folder.
    return { name, place, options: { type: 'better-sqlite3', database: place }, drop: async () => {} };
  }
  const { url, options, drop } = await createServerDatabase(name, 'sms_pro_bench_');
  return { name, place: url, options, drop };
}
