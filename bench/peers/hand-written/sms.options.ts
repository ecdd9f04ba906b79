import type { DataSourceOptions } from 'typeorm';

/** Token of the options. */
export const SMS_OPTIONS = 'sms-options';

/** What the hand-written module takes. */
export interface SmsOptions {
  readonly gatewayUrl: string;
  readonly login: string;
  readonly password: string;
  readonly sender: string;
  readonly database: DataSourceOptions;
  readonly redis: { readonly host: string; readonly port: number };
  readonly queueName: string;
  readonly queuePrefix: string;
  /** Jobs at once. */
  readonly concurrency: number;
  /** Whether this process takes jobs. */
  readonly works: boolean;
}
