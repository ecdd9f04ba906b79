import type { DataSourceOptions } from 'typeorm';
import { SmsProConfigError } from '../../errors/sms-pro.errors.js';
import type { Dialect } from './dialect.js';
import { MYSQL } from './mysql.dialect.js';
import { POSTGRES } from './postgres.dialect.js';
import { SQLITE } from './sqlite.dialect.js';

/** Every database that the module can keep its rows in. */
const DIALECTS = [SQLITE, POSTGRES, MYSQL] as const;

/** The name of a dialect: a table by these names is complete, or it does not compile. */
export type DialectName = (typeof DIALECTS)[number]['name'];

/**
 * The dialect of a DataSource.
 * @throws SmsProConfigError for a database this version cannot keep its rows in
 */
export function dialectOf(type: DataSourceOptions['type']): Dialect & { readonly name: DialectName } {
  const dialect = DIALECTS.find(({ types }) => (types as readonly string[]).includes(type));
  if (dialect !== undefined) return dialect;
  throw new SmsProConfigError([
    {
      path: 'database.type',
      message: `"${type}" is not supported: use ${DIALECTS.flatMap(({ types }) => types.map((one) => `"${one}"`)).join(', ')}`,
    },
  ]);
}
