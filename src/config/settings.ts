import { registerAs } from '@nestjs/config';
import Joi from 'joi';

/** The service's settings, checked. */
export interface Settings {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** `null` without credentials: the service then starts the simulator. */
  readonly account: { readonly login: string; readonly password: string; readonly baseUrl: string } | null;
  readonly sender: string | undefined;
  readonly reportSecret: string | undefined;
  /** SQLite file. */
  readonly database: string;
  readonly polling: { readonly intervalMs: number; readonly staleAfterMs: number };
}

/** The environment has faults. The message lists all of them in one line, and shows no secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly faults: readonly string[]) {
    super(`Environment: ${faults.length === 1 ? '1 fault' : `${faults.length} faults`}: ${faults.join('; ')}`);
  }
}

/** The variables that are read. An empty one counts as not set. */
interface Environment {
  readonly PORT: number;
  readonly HOST: string;
  readonly SMS_PRO_LOGIN?: string;
  readonly SMS_PRO_PASSWORD?: string;
  readonly SMS_PRO_SENDER?: string;
  readonly SMS_PRO_BASE_URL?: string;
  readonly SMS_PRO_REPORT_SECRET?: string;
  readonly SMS_PRO_DATABASE?: string;
  readonly SMS_PRO_POLL_INTERVAL_MS: number;
  readonly SMS_PRO_STALE_AFTER_MS: number;
}

const text = () => Joi.string().trim().empty('');
/** Our own message wherever Joi would print the value, which may be a secret. */
const must = (sentence: string) => ({ '*': `{#label} ${sentence}` });

const SCHEMA = Joi.object<Environment, true>({
  PORT: Joi.number().empty('').integer().min(0).max(65_535).default(3000).messages(must('must be a port, 0 to 65535')),
  HOST: text().default('127.0.0.1'),
  SMS_PRO_LOGIN: text().max(128).messages(must('must have at most 128 characters')),
  SMS_PRO_PASSWORD: Joi.string().empty('').max(256).messages(must('must have at most 256 characters')),
  SMS_PRO_SENDER: text()
    .pattern(/^(?:[A-Za-z0-9.-]{1,11}|\d{1,14})$/)
    .messages(must('must be 1 to 11 Latin letters, digits, dots and dashes, or 1 to 14 digits')),
  SMS_PRO_BASE_URL: text()
    .uri({ scheme: ['http', 'https'] })
    .messages(must('must be an address such as https://smspro.nikita.kg')),
  SMS_PRO_REPORT_SECRET: text()
    .pattern(/^[\w-]{16,100}$/)
    .messages(must('must be 16 to 100 letters, digits, _ or -')),
  SMS_PRO_DATABASE: text(),
  SMS_PRO_POLL_INTERVAL_MS: milliseconds(100, 15_000),
  SMS_PRO_STALE_AFTER_MS: milliseconds(10, 120_000),
})
  .and('SMS_PRO_LOGIN', 'SMS_PRO_PASSWORD')
  .with('SMS_PRO_BASE_URL', 'SMS_PRO_LOGIN')
  .messages({
    'object.and': '{#missingWithLabels} is missing: set both login and password, or neither to use the simulator',
    'object.with': 'SMS_PRO_BASE_URL needs SMS_PRO_LOGIN and SMS_PRO_PASSWORD: without them the simulator is used',
  })
  .unknown();

function milliseconds(minMs: number, defaultMs: number): Joi.NumberSchema {
  return Joi.number()
    .empty('')
    .integer()
    .min(minMs)
    .default(defaultMs)
    .messages(must(`must be ${minMs} ms or more`));
}

/** Two files, so that SMS queued for the simulator can never be sent to real phones. */
const DATABASE = { real: 'data/notifications.sqlite', simulated: 'data/simulated.sqlite' };

/**
 * Reads and checks the environment.
 * @throws SettingsError that lists every fault
 */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const { error, value } = SCHEMA.validate(environment, { abortEarly: false, errors: { wrap: { label: false } } });
  if (error !== undefined) {
    throw new SettingsError(error.details.map(({ message }) => message.replaceAll(/[[\]]/g, '')));
  }
  const { SMS_PRO_LOGIN: login, SMS_PRO_PASSWORD: password } = value;
  const hasAccount = login !== undefined && password !== undefined;
  return {
    host: value.HOST,
    port: value.PORT,
    account: hasAccount ? { login, password, baseUrl: value.SMS_PRO_BASE_URL ?? 'https://smspro.nikita.kg' } : null,
    sender: value.SMS_PRO_SENDER,
    reportSecret: value.SMS_PRO_REPORT_SECRET,
    database: value.SMS_PRO_DATABASE ?? (hasAccount ? DATABASE.real : DATABASE.simulated),
    polling: { intervalMs: value.SMS_PRO_POLL_INTERVAL_MS, staleAfterMs: value.SMS_PRO_STALE_AFTER_MS },
  };
}

/** The settings as a `@nestjs/config` namespace: read when the application starts, after `.env` is loaded. */
export const settingsFrom = (environment: NodeJS.ProcessEnv) =>
  registerAs('settings', (): Settings => readSettings(environment));

/** The token of the settings: `@Inject(SETTINGS) settings: Settings`. */
export const SETTINGS = settingsFrom({}).KEY;
