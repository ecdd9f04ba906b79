import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DataSource } from 'typeorm';

/** The demo's file cannot be made anew. */
export class DemoFileError extends Error {
  override readonly name = 'DemoFileError';
}

/**
 * Takes the file of the last run away.
 * @throws DemoFileError when another process works on it, or the folder cannot be written
 */
export async function makeFresh(file: string): Promise<void> {
  if (existsSync(file) && (await isInUse(file))) {
    throw new DemoFileError(`${file} is in use: another demo runs, perhaps with --keep. Stop it first with Ctrl+C.`);
  }
  try {
    mkdirSync(dirname(file), { recursive: true });
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(file + end, { force: true });
  } catch {
    throw new DemoFileError(`${file} cannot be written: let this user write to its folder.`);
  }
}

/** Removing the file of a running service would not stop it: it would go on with a file that nobody sees. */
async function isInUse(file: string): Promise<boolean> {
  const dataSource = new DataSource({ type: 'better-sqlite3', database: file, timeout: 0 });
  try {
    await dataSource.initialize();
    await dataSource.query('BEGIN EXCLUSIVE');
    await dataSource.query('ROLLBACK');
    return false;
  } catch (error) {
    return /locked/.test(String(error));
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}
