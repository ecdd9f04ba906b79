import { open, rm } from 'node:fs/promises';
import { arch, cpus, loadavg, release, tmpdir, totalmem, type as systemName } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { DataSourceOptions } from 'typeorm';
import { onDatabase, serverUrl, whyMissing } from '../test/support/test-servers.js';
import { median, timeOf } from './measure.js';

const GIB = 1024 ** 3;
const SYNCS = 50;
const PAGE_BYTES = 4_096;

/** The machine on which the figures were measured, as lines of text. */
export async function describeMachine(): Promise<string[]> {
  const [cpu] = cpus();
  return [
    `${cpus().length} cores of ${cpu?.model.trim() ?? 'an unknown processor'}, ${(totalmem() / GIB).toFixed(0)} GiB of memory`,
    `${systemName()} ${release()} ${arch()}, Node ${process.versions.node}`,
    ...(await serverVersions()),
    `fsync of a page: ${(await syncTime()).toFixed(2)} ms (median of ${SYNCS})`,
    `load average at the start: ${loadavg()[0]?.toFixed(1) ?? '?'}`,
  ];
}

async function serverVersions(): Promise<string[]> {
  const lines: string[] = [];
  const sqlite = await versionOf({ type: 'better-sqlite3', database: ':memory:' }, 'sqlite_version()');
  lines.push(`SQLite ${sqlite} (WAL, synchronous=FULL)`);
  for (const type of ['postgres', 'mariadb'] as const) {
    if ((await whyMissing(type)) !== null) continue;
    const version = await versionOf({ type, url: serverUrl(type) }, 'version()');
    lines.push(`${type} ${version}, on this machine, as installed`);
  }
  if ((await whyMissing('redis')) === null) {
    const client = new Redis(serverUrl('redis'));
    const version = /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? '?';
    client.disconnect();
    lines.push(`Redis ${version} (the peer's queue)`);
  }
  return lines;
}

async function versionOf(options: DataSourceOptions, what: string): Promise<string> {
  return onDatabase(options, async (source) => {
    const rows: { version: string }[] = await source.query(`SELECT ${what} AS version`);
    return (rows[0]?.version ?? '?').split(' on ')[0] ?? '?';
  });
}

/** How long the disk takes to write a page: a commit waits at least this long. */
async function syncTime(): Promise<number> {
  const path = join(tmpdir(), `sms-pro-bench-sync-${process.pid}`);
  const file = await open(path, 'w');
  const times: number[] = [];
  try {
    for (let at = 0; at < SYNCS; at += 1) {
      await file.write(Buffer.alloc(PAGE_BYTES, at), 0, PAGE_BYTES, at * PAGE_BYTES);
      times.push(await timeOf(() => file.datasync()));
    }
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
  return median(times);
}
