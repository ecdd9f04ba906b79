import { stat } from 'node:fs/promises';
import type { DataSourceOptions } from 'typeorm';
import { dialectOf } from '../dialects/dialect-of.js';

/** What tells one file from another, also where both have the same name. */
interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
}

/**
 * Notices that the file of an open SQLite database was deleted or replaced. SQLite itself goes on with the file that has
 * no name any more: everything that it stores is lost when the process ends.
 */
export class DatabaseFileWatch {
  private constructor(
    private readonly file: string,
    private readonly opened: FileIdentity,
  ) {}

  /** Call it right after the database was opened. Returns `null` for a database that is no file. */
  static async of(options: DataSourceOptions): Promise<DatabaseFileWatch | null> {
    const file = dialectOf(options.type).databaseFile(options);
    return file === null ? null : new DatabaseFileWatch(file, await stat(file));
  }

  /** What happened to the file, and what to do; `null` if it is the one that was opened. */
  async fault(): Promise<string | null> {
    const found = await this.find();
    if (found?.dev === this.opened.dev && found.ino === this.opened.ino) return null;
    return `The database file "${this.file}" was ${found === null ? 'deleted' : 'replaced'} while it is in use. What this process has stored is lost when it ends: let it send what is left, then stop it and restore the file.`;
  }

  private async find(): Promise<FileIdentity | null> {
    try {
      return await stat(this.file);
    } catch (error) {
      if (Object(error).code === 'ENOENT') return null;
      throw error;
    }
  }
}
