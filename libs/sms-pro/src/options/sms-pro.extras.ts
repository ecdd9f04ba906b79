import type { Provider } from '@nestjs/common';
import type { SmsProIssue } from '../errors/sms-pro.errors.js';

/**
 * Settings of the Nest module itself, which it needs before the options are resolved. In `forRoot` they stand beside the
 * options, in `forRootAsync` beside `useFactory`.
 */
export interface SmsProExtras {
  /**
   * Name of this instance, if the application has several accounts: 1 to 32 letters, digits, `_` or `-`, the first a
   * letter. Rows and events carry it as `account`. @default 'default'
   */
  name?: string | undefined;
  /** Whether other modules can inject the services without importing this module. @default true */
  isGlobal?: boolean | undefined;
  /** Path of the report route, without parameters. @default 'sms-pro/reports', or 'sms-pro/<name>/reports' */
  reportPath?: string | undefined;
  /** Decorators for the report controller, such as the application's own `@Public()`. @default [] */
  reportDecorators?: readonly ClassDecorator[] | undefined;
  /**
   * Name of the application's TypeORM DataSource that the module uses for its tables, such as `default`. PostgreSQL or
   * MariaDB. `send(request, { manager })` then writes in the application's transaction.
   * @default the module opens its own DataSource from `database`
   */
  dataSource?: string | undefined;
  /** More providers for the module, such as the class that `useExisting` names. @default [] */
  extraProviders?: Provider[] | undefined;
}

/** The name of an instance without a name. */
export const DEFAULT_ACCOUNT = 'default';

/** The defaults of the extras. Every extra must be a key here: the module builder treats all other keys as options. */
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

/** Checks the extras, and returns every fault. */
export function extrasIssues(extras: SmsProExtras): SmsProIssue[] {
  const issues: SmsProIssue[] = [];
  const { name, reportPath } = extras;
  if (name !== undefined && !/^[a-z][\w-]{0,31}$/i.test(name)) {
    issues.push({ path: 'name', message: 'must be 1 to 32 letters, digits, _ or -, and begin with a letter' });
  }
  if (reportPath !== undefined && !/^\/?[\w-][\w./-]*$/.test(reportPath)) {
    issues.push({ path: 'reportPath', message: 'must be a plain path such as "sms-pro/reports", without parameters' });
  }
  return issues;
}
