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

/** The options that are in no section, with their defaults. */
export class AccountOptions {
  /** Login of the account at the gateway. */
  @IsString()
  @IsNotEmpty()
  @MaxLength(128)
  login!: string;

  /** Password of that account. It is in no log line and no error. */
  @IsString()
  @IsNotEmpty()
  @MaxLength(256)
  password!: string;

  /** Sender of messages that name none: approved in the gateway's cabinet. @default none: each message must name one */
  @IsOptional()
  @IsString()
  sender?: string;

  /** Root URL of the gateway, without `/api`. @default 'https://smspro.nikita.kg' */
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  baseUrl = 'https://smspro.nikita.kg';

  /** Time, in ms, of one request, at most. If it is too short, sends that succeed become uncertain. @default 30000 */
  @IsInt()
  @Min(100)
  @Max(600_000)
  timeoutMs = 30_000;

  /** Time, in ms, to connect to the gateway, at most. @default 5000 */
  @IsInt()
  @Min(50)
  @Max(600_000)
  connectTimeoutMs = 5_000;

  /** Whether every send is a test: the gateway checks it, but sends and bills nothing. @default false */
  @IsBoolean()
  test = false;

  /** TypeORM options of the module's own DataSource. @default the SQLite file `data/sms-pro.sqlite`, or `data/sms-pro.<name>.sqlite` */
  @IsOptional()
  @IsObject()
  database?: DataSourceOptions;

  /** Whether the module's own migrations are run at start. @default true */
  @IsBoolean()
  migrate = true;

  /** Time zone of the times in reports, in minutes east of UTC. @default 360 (Bishkek) */
  @IsInt()
  @Min(-840)
  @Max(840)
  reportUtcOffsetMinutes = 360;

  /** Makes the scheduler, which decides when packets are worked on. @default a scheduler inside this process */
  @IsOptional()
  scheduler?: SmsProSchedulerFactory;
}

type OptionalIn<T> = { [K in keyof T]?: T[K] | undefined };

/**
 * The options of `SmsProModule.forRoot`, and the result of the factory of `forRootAsync`. Faults are thrown at start as one
 * `SmsProConfigError`.
 */
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

/** The class that `useClass` or `useExisting` of `forRootAsync` names. */
export interface SmsProOptionsFactory {
  /** Called once, at start. */
  createSmsProOptions(): SmsProOptions | Promise<SmsProOptions>;
}

/** Every option, checked and with its default filled in. */
export interface ResolvedOptions extends Omit<AccountOptions, 'database'> {
  /** Name of the module instance, `default` if it has none. */
  readonly account: string;
  /** Path of the report route, without the application's global prefix. */
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
