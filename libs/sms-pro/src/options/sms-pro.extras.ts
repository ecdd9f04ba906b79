import type { Provider } from '@nestjs/common';
import type { SmsProIssue } from '../errors/sms-pro.errors.js';

/** What shapes the module itself. Stands beside the options in `forRoot`, beside `useFactory` in `forRootAsync`. */
export interface SmsProExtras {
  /** Name of this instance where an application has several accounts. Kept in rows and events as `account`. @default 'default' */
  name?: string | undefined;
  /** Whether the services can be injected everywhere without an import. @default true */
  isGlobal?: boolean | undefined;
  /** Path of the report route. @default 'sms-pro/reports', or 'sms-pro/<name>/reports' */
  reportPath?: string | undefined;
  /** Decorators put on the report controller, such as the host's `@Public()`. @default [] */
  reportDecorators?: readonly ClassDecorator[] | undefined;
  /**
   * Name of the application's own TypeORM DataSource to live in (`default`): `send({ manager })` then writes in the
   * application's transactions. PostgreSQL or MariaDB. @default the module opens its own from `database`
   */
  dataSource?: string | undefined;
  /** More providers of the module, such as what `useExisting` names. @default [] */
  extraProviders?: Provider[] | undefined;
}

/** The name of the instance that was given none. */
export const DEFAULT_ACCOUNT = 'default';

/**
 * The defaults object of the module builder. Every extra must be a key of it,
 * or the builder leaves it among the options.
 */
export const DEFAULT_EXTRAS = {
  name: undefined,
  isGlobal: true,
  reportPath: undefined,
  reportDecorators: [],
  dataSource: undefined,
  extraProviders: [],
} as const satisfies Record<keyof SmsProExtras, unknown>;

/** The path of the report route of an instance. */
export function reportPathOf(extras: Pick<SmsProExtras, 'name' | 'reportPath'>): string {
  const path = extras.reportPath ?? (extras.name ? `sms-pro/${extras.name}/reports` : 'sms-pro/reports');
  return path.replaceAll(/^\/+|\/+$/g, '');
}

/** The faults of the extras. */
export function extrasIssues(extras: SmsProExtras): SmsProIssue[] {
  const issues: SmsProIssue[] = [];
  const { name, reportPath } = extras;
  if (name !== undefined && !/^[a-z][\w-]{0,31}$/i.test(name)) {
    issues.push({ path: 'name', message: 'must be 1 to 32 letters, digits, _ or -, the first a letter' });
  }
  if (reportPath !== undefined && !/^\/?[\w-][\w./-]*$/.test(reportPath)) {
    issues.push({ path: 'reportPath', message: 'must be a plain path such as "sms-pro/reports", without parameters' });
  }
  return issues;
}
