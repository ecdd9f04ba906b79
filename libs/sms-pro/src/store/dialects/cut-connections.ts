import { EventEmitter } from 'node:events';
import type { DataSource } from 'typeorm';

const heard = new WeakSet<EventEmitter>();

/**
 * Keeps the process alive when the server cuts a connection. The statement on it has failed and reported that; TypeORM
 * then removes its listener, and the driver's second `error` event for the same cut would have none and end the process.
 */
export function hearCutConnections(dataSource: DataSource): void {
  const pool: unknown = Reflect.get(dataSource.driver, 'master');
  if (!(pool instanceof EventEmitter)) return;
  pool.on('acquire', (client: unknown) => {
    if (!(client instanceof EventEmitter) || heard.has(client)) return;
    heard.add(client);
    client.on('error', () => {});
  });
}
