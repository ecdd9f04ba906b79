import type { QueryRunner } from 'typeorm';
import { isPipelinedClient, PipelinedConnection } from './pipelined-connection.js';
import { RunnerConnection, type SqlConnection } from './sql-connection.js';

/** The connection of a runner, by the fastest way that its driver has. */
export async function openConnection(runner: QueryRunner): Promise<SqlConnection> {
  const client: unknown = await runner.connect();
  return isPipelinedClient(client) ? new PipelinedConnection(client) : new RunnerConnection(runner);
}
