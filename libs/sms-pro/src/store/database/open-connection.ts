import type { QueryRunner } from 'typeorm';
import { isPipelinedClient, PipelinedConnection } from './pipelined-connection.js';
import { RunnerConnection, type SqlConnection } from './sql-connection.js';
import { isSqliteHandle, SqliteConnection } from './sqlite-connection.js';

/** The connection of a runner, in the best way that its driver has. */
export async function openConnection(runner: QueryRunner): Promise<SqlConnection> {
  const client: unknown = await runner.connect();
  if (isPipelinedClient(client)) return new PipelinedConnection(client);
  return isSqliteHandle(client) ? new SqliteConnection(runner, client) : new RunnerConnection(runner);
}
