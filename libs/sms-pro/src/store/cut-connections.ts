import { EventEmitter } from 'node:events';
import type { DataSource } from 'typeorm';

const heard = new WeakSet<EventEmitter>();

/**
 * Keeps a connection that the server cuts from ending the process. A statement on it has failed already and said so;
 * TypeORM then stops listening, and the driver's second error, for the same cut, would be one that nobody hears.
 */
export function hearCutConnections(dataSource: DataSource): void {
  const pool: unknown = Reflect.get(dataSource.driver, 'master');
  if (dataSource.options.type !== 'postgres' || !(pool instanceof EventEmitter)) return;
  pool.on('acquire', (client: unknown) => {
    if (!(client instanceof EventEmitter) || heard.has(client)) return;
    heard.add(client);
    client.on('error', () => {});
  });
}
