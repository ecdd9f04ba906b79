import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { testDatabases } from '../../../../test/support/test-databases.js';
import { DatabasePool } from './database-pool.fixture.js';

const SERVERS = (await testDatabases()).filter(({ name }) => name !== 'sqlite');
const INSERT =
  "INSERT INTO sms_pro_event (event_id, account, name, order_key, detail, occurred_at, state) VALUES ('e', 'a', 'n', 'k', '{}', 1, 'done')";

if (SERVERS.length === 0) {
  it('needs PostgreSQL or MariaDB, and neither is there: nothing was tried', () => {
    expect(SERVERS).toEqual([]);
  });
}

describe.each(SERVERS)('the databases of a spec file, on $name', (kind) => {
  let pool: DatabasePool;
  const opened: DataSource[] = [];

  beforeEach(() => {
    pool = new DatabasePool(kind);
  });

  afterEach(async () => {
    await pool.drop();
    // Their connections may be gone with the database.
    await Promise.all(opened.splice(0).map((one) => one.destroy().catch(() => {})));
  });

  const open = async (options: DataSourceOptions) => {
    const source = await new DataSource(options).initialize();
    opened.push(source);
    return source;
  };

  it('are one database, which each test finds empty, with numbers from 1', async () => {
    const first = await pool.lease();
    const source = await open(first.options);
    await source.query(INSERT);
    first.giveBack();
    const second = await pool.lease();
    expect(second.options).toBe(first.options);
    expect(await source.query('SELECT * FROM sms_pro_event')).toEqual([]);
    await source.query(INSERT);
    const [row] = (await source.query('SELECT event_seq FROM sms_pro_event')) as Record<string, unknown>[];
    expect(Number(row?.['event_seq'])).toBe(1);
  });

  it('are two where a test has two at the same time', async () => {
    const [first, second] = [await pool.lease(), await pool.lease()];
    expect(second.options).not.toEqual(first.options);
  });

  it('one that a test has left locked is not used again, and is dropped with the others', async () => {
    await pool.drop();
    pool = new DatabasePool(kind, 100);
    const first = await pool.lease();
    const source = await open(first.options);
    const runner = source.createQueryRunner();
    await runner.startTransaction();
    await runner.query(INSERT);
    await runner.query(
      kind.name === 'postgres' ? 'LOCK TABLE sms_pro_event' : 'SELECT * FROM sms_pro_event FOR UPDATE',
    );
    first.giveBack();
    const second = await pool.lease();
    expect(second.options).not.toEqual(first.options);
    await pool.drop();
    await expect(new DataSource(first.options).initialize()).rejects.toThrow(/does not exist|Unknown database/);
  });
});
