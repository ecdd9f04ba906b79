import {
  IsBoolean,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  IsUrl,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import type { DataSourceOptions } from 'typeorm';
import type {
  BalanceOptions,
  DispatchOptions,
  EventsOptions,
  HttpOptions,
  LookupOptions,
  PhonesOptions,
  PollingOptions,
  ReportsOptions,
  RetentionOptions,
} from './option-sections.js';
import type { SmsProSchedulerFactory } from './scheduler.js';

/** The options that stand by themselves, with their defaults. */
export class AccountOptions {
  /** Login of the partner account. */
  @IsString()
  @IsNotEmpty()
  @MaxLength(128)
  login!: string;

  /** Password of the partner account. */
  @IsString()
  @IsNotEmpty()
  @MaxLength(256)
  password!: string;

  /** Sender of messages that name none. It must be approved in the cabinet. */
  @IsOptional()
  @IsString()
  sender?: string;

  /** Where the gateway is. @default 'https://smspro.nikita.kg' */
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  baseUrl = 'https://smspro.nikita.kg';

  /** Total time, in ms, of one request. An early time-out makes a good send uncertain. @default 30000 */
  @IsInt()
  @Min(100)
  @Max(600_000)
  timeoutMs = 30_000;

  /** Time, in ms, to connect to the gateway. @default 5000 */
  @IsInt()
  @Min(50)
  @Max(600_000)
  connectTimeoutMs = 5_000;

  /** Every send is a test: the gateway checks it, sends nothing and bills nothing. @default false */
  @IsBoolean()
  test = false;

  /** The module's own DataSource. @default the SQLite file `data/sms-pro.sqlite`, or `data/sms-pro.<name>.sqlite` */
  @IsOptional()
  @IsObject()
  database?: DataSourceOptions;

  /** Run the module's own migrations at start. @default true */
  @IsBoolean()
  migrate = true;

  /** Offset from UTC, in minutes, of the times in reports. @default 360 (Bishkek) */
  @IsInt()
  @Min(-840)
  @Max(840)
  reportUtcOffsetMinutes = 360;

  /** Decides when packets are worked. @default in process */
  @IsOptional()
  scheduler?: SmsProSchedulerFactory;
}

type OptionalIn<T> = { [K in keyof T]?: T[K] | undefined };

/** What `SmsProModule.forRoot` takes, and what the factory of `forRootAsync` returns. */
export interface SmsProOptions
  extends Pick<AccountOptions, 'login' | 'password'>, OptionalIn<Omit<AccountOptions, 'login' | 'password'>> {
  dispatch?: OptionalIn<DispatchOptions> | undefined;
  reports?: OptionalIn<ReportsOptions> | undefined;
  polling?: OptionalIn<PollingOptions> | undefined;
  balance?: OptionalIn<BalanceOptions> | undefined;
  lookup?: OptionalIn<LookupOptions> | undefined;
  events?: OptionalIn<EventsOptions> | undefined;
  retention?: OptionalIn<RetentionOptions> | undefined;
  phones?: OptionalIn<PhonesOptions> | undefined;
  http?: OptionalIn<HttpOptions> | undefined;
}

/** Made by `useClass` and `useExisting` of `forRootAsync`. */
export interface SmsProOptionsFactory {
  createSmsProOptions(): SmsProOptions | Promise<SmsProOptions>;
}

/** Every option, defaulted and checked. */
export interface ResolvedOptions extends Omit<AccountOptions, 'database'> {
  /** Name of the module instance, `default` if it has none. */
  readonly account: string;
  /** Path of the report route, without a prefix of the application. */
  readonly reportPath: string;
  readonly database: DataSourceOptions;
  readonly dispatch: DispatchOptions;
  readonly reports: ReportsOptions;
  readonly polling: PollingOptions;
  readonly balance: BalanceOptions;
  readonly lookup: LookupOptions;
  readonly events: EventsOptions;
  readonly retention: RetentionOptions;
  readonly phones: PhonesOptions;
  readonly http: HttpOptions;
}
