import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DataSource } from 'typeorm';

/** The demo's file cannot be recreated. */
export class DemoFileError extends Error {
  override readonly name = 'DemoFileError';
}

/**
 * Removes the file of the last run.
 * @throws DemoFileError when another process uses it, or the folder is not writable
 */
export async function makeFresh(file: string): Promise<void> {
  if (existsSync(file) && (await isInUse(file))) {
    throw new DemoFileError(
      `${file} is in use: another demo is running, perhaps with --keep. Stop it first with Ctrl+C.`,
    );
  }
  try {
    mkdirSync(dirname(file), { recursive: true });
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(file + end, { force: true });
  } catch {
    throw new DemoFileError(`${file} cannot be written: let this user write to its folder.`);
  }
}

/** Removing the file of a running service would not stop it: it would continue with a deleted file. */
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
