import { access, constants, mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { DataSource } from 'typeorm';
import { SmsProConfigError } from '../../errors/sms-pro.errors.js';

/** SQLite files that are open in this process: two DataSources on one file would block each other forever. */
const OPEN_FILES = new Set<string>();

/** Makes the folders one by one: a recursive mkdir can hang below a folder that cannot be written. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const code: unknown = Object(error).code;
    if (code === 'EEXIST') return;
    const parent = dirname(folder);
    if (code !== 'ENOENT' || parent === folder) throw error;
    await makeFolder(parent);
    await mkdir(folder);
  }
}

/** SQLite opens a file that it cannot write for reading alone, and would fail at some later step. */
async function requireWritable(path: string): Promise<void> {
  try {
    await access(path, constants.W_OK);
  } catch (error) {
    // It will be made.
    if (Object(error).code !== 'ENOENT') throw error;
  }
}

/**
 * Reserves a SQLite file for one instance of this process. Returns the function that releases it.
 * @throws SmsProConfigError if another instance of this process has it, and the error of the file system if it cannot be
 * written
 */
export async function takeFile(file: string | null): Promise<() => void> {
  if (file === null) return () => {};
  const path = resolve(file);
  if (OPEN_FILES.has(path)) {
    throw new SmsProConfigError(
      `Two SmsProModule instances have the database file "${file}": give each its own file in "database", or its own "name".`,
      { path: 'database' },
    );
  }
  OPEN_FILES.add(path);
  const release = () => void OPEN_FILES.delete(path);
  try {
    await makeFolder(dirname(path));
    await requireWritable(path);
  } catch (error) {
    release();
    throw error;
  }
  return release;
}

/** Calls back after the DataSource was closed. */
export function afterClose(dataSource: DataSource, callback: () => void): void {
  const destroy = dataSource.destroy.bind(dataSource);
  dataSource.destroy = async () => {
    await destroy();
    callback();
  };
}
