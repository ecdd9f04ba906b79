import { createRequire } from 'node:module';

interface Runner {
  query(sql: string, parameters?: unknown[], structured?: boolean): Promise<unknown>;
}

interface Spent {
  calls: number;
  ms: number;
}

const require = createRequire(import.meta.url);

/** The classes that send statements to the database: on PostgreSQL the module bypasses TypeORM. */
const RUNNERS = [
  ['pg', 'Client'],
  ['typeorm/driver/mysql/MysqlQueryRunner', 'MysqlQueryRunner'],
  ['typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner', 'BetterSqlite3QueryRunner'],
] as const;

const LISTED = 25;
const SHOWN = 150;

/** Measures the time of every statement. */
export function profileSql(): { reset(): void; print(): void } {
  const spent = new Map<string, Spent>();
  for (const [file, name] of RUNNERS) {
    const { prototype } = (require(file) as Record<string, { prototype: Runner }>)[name] ?? {};
    if (prototype === undefined) continue;
    const query = prototype.query;
    prototype.query = async function timed(this: Runner, sql, ...rest) {
      if (typeof sql !== 'string') return query.call(this, sql, ...rest);
      const startedAt = performance.now();
      try {
        return await query.call(this, sql, ...rest);
      } finally {
        note(spent, sql, performance.now() - startedAt);
      }
    };
  }
  return {
    reset: () => spent.clear(),
    print: () => {
      const sorted = [...spent].toSorted(([, a], [, b]) => b.ms - a.ms).slice(0, LISTED);
      for (const [sql, { calls, ms }] of sorted) {
        process.stderr.write(`${ms.toFixed(0).padStart(8)} ms ${String(calls).padStart(7)} x  ${sql}\n`);
      }
    },
  };
}

/** Statements that differ only in the length of a list are counted as one. */
function note(spent: Map<string, Spent>, sql: string, ms: number): void {
  const key = sql
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\((?:\s*(?:\?|\$\d+|NULL)\s*,?)+\)/g, '(…)')
    .replaceAll(/\(…\)(?:, \(…\))+/g, '(…)…')
    .slice(0, SHOWN);
  const known = spent.get(key) ?? { calls: 0, ms: 0 };
  known.calls += 1;
  known.ms += ms;
  spent.set(key, known);
}
