import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { SmallDisk } from '../../../../../test/support/small-disk.js';
import { DatabaseFileWatch } from './database-file-watch.js';
import { openDataSource } from './open-data-source.js';

describe('a SQLite file that is in use', () => {
  let folder: string;
  let file: string;
  let dataSource: DataSource;
  let watch: DatabaseFileWatch | null;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sms-pro-'));
    file = join(folder, 'sms.sqlite');
    dataSource = await openDataSource({ type: 'better-sqlite3', database: file }, true);
    watch = await DatabaseFileWatch.of(dataSource.options);
  });

  afterEach(async () => {
    await dataSource.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  it('is the one that was opened, however much is written', async () => {
    await dataSource.query("INSERT INTO sms_pro_account (account, low_recorded) VALUES ('a', 0)");
    await dataSource.query('PRAGMA wal_checkpoint(TRUNCATE)');
    expect(await watch?.fault()).toBeNull();
  });

  it('and was deleted: it is named, with what to do', async () => {
    await rm(file);
    expect(await watch?.fault()).toContain(`The database file "${file}" was deleted while it is in use.`);
  });

  it('and was replaced, as by a restore from a backup: the same', async () => {
    await copyFile(file, `${file}.backup`);
    await rename(`${file}.backup`, file);
    expect(await watch?.fault()).toMatch(/was replaced while it is in use\. .*restore the file/);
  });
});

it('a database in memory, or on a server, has no file', async () => {
  expect(await DatabaseFileWatch.of({ type: 'better-sqlite3', database: ':memory:' })).toBeNull();
  expect(await DatabaseFileWatch.of({ type: 'postgres', url: 'postgres://nowhere/none' })).toBeNull();
});

((await SmallDisk.isPossible()) ? describe : describe.skip)('a file that cannot be written', () => {
  it.each(['exists', 'does not exist yet'])('is named at start, if it %s', async (is) => {
    const disk = await SmallDisk.mount(8);
    if (disk === null) throw new Error('It could be mounted a moment ago.');
    const options = { type: 'better-sqlite3', database: disk.file('sms.sqlite') } as const;
    try {
      if (is === 'exists') await (await openDataSource(options, true)).destroy();
      await disk.makeReadOnly();
      await expect(openDataSource(options, true)).rejects.toThrow(
        `The database file "${options.database}" cannot be written. Let this user write`,
      );
    } finally {
      await disk.unmount();
    }
  });
});
