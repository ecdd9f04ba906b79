import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DEMO_ACCOUNT, type SimulatorAccount } from './account/account.js';
import { isObject, SimulatorInputError } from './settings/shape.js';
import type { SimulatorSettings } from './simulator.options.js';

/** The default port of the command line. */
const DEFAULT_PORT = 8025;

const FLAGS = {
  port: { type: 'string' },
  host: { type: 'string' },
  login: { type: 'string' },
  password: { type: 'string' },
  'report-url': { type: 'string' },
  'answer-form': { type: 'string' },
  seed: { type: 'string' },
  config: { type: 'string' },
  keep: { type: 'string' },
  quiet: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

type Flag = keyof typeof FLAGS;

/** What the command line asked for. */
export type CliRequest =
  | { readonly kind: 'help' }
  | { readonly kind: 'faults'; readonly faults: readonly string[] }
  | { readonly kind: 'start'; readonly settings: SimulatorSettings; readonly quiet: boolean };

export const HELP = `Usage: sms-pro-simulator [flags]

A simulator of the SMS PRO gateway for development and tests.

  --port <number>         port to listen on, 0 for a free one (8025)
  --host <address>        address to listen on (127.0.0.1)
  --login <text>          login of the account (demo)
  --password <text>       its password (demo)
  --report-url <url>      where delivery reports are pushed (none)
  --answer-form <form>    live or document (live)
  --seed <number>         seed of all random choices (1)
  --keep <what>           all, or counts for long load tests (all)
  --config <file.json>    every other setting: see README.md
  --quiet                 print nothing but errors
  --help                  print this

Each flag can be given as SMS_PRO_SIMULATOR_<FLAG>, as in SMS_PRO_SIMULATOR_REPORT_URL.
A flag overrides the environment, and the environment overrides the file.`;

/** Reads the flags, the environment and the configuration file. Never throws: each fault is one line. */
export function readCommandLine(args: readonly string[], environment: NodeJS.ProcessEnv): CliRequest {
  try {
    const flags = readFlags(args);
    if (flags.help === true) return { kind: 'help' };
    const given = (flag: Flag): string | undefined => {
      const fromFlag = flags[flag];
      if (typeof fromFlag === 'string') return fromFlag;
      return environment[`SMS_PRO_SIMULATOR_${flag.toUpperCase().replaceAll('-', '_')}`] || undefined;
    };
    const quiet = flags.quiet ?? /^(?:1|true|yes)$/i.test(environment['SMS_PRO_SIMULATOR_QUIET'] ?? '');
    return { kind: 'start', quiet, settings: readSettings(given) };
  } catch (error) {
    if (error instanceof SimulatorInputError) return { kind: 'faults', faults: error.faults };
    return { kind: 'faults', faults: [error instanceof Error ? error.message : String(error)] };
  }
}

function readFlags(args: readonly string[]) {
  const { values, tokens } = parseArgs({
    args: [...args],
    options: FLAGS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const faults = tokens.flatMap((token) => {
    if (token.kind === 'positional') return [`"${token.value}" is not a flag; see --help`];
    if (token.kind !== 'option') return [];
    if (!Object.hasOwn(FLAGS, token.name)) return [`${token.rawName} is not a flag; see --help`];
    const takesText = FLAGS[token.name as Flag].type === 'string';
    if (takesText && token.value === undefined) return [`${token.rawName} needs a value`];
    return !takesText && token.value !== undefined ? [`${token.rawName} takes no value`] : [];
  });
  if (faults.length > 0) throw new SimulatorInputError(faults);
  return values as { [Name in Flag]?: (typeof FLAGS)[Name]['type'] extends 'string' ? string : boolean };
}

function readSettings(given: (flag: Flag) => string | undefined): SimulatorSettings {
  const faults: string[] = [];
  const number = (flag: Flag): number | undefined => {
    const text = given(flag);
    if (text === undefined || /^\d{1,9}$/.test(text)) return text === undefined ? undefined : Number(text);
    faults.push(`--${flag} must be a whole number, not "${text}"`);
    return undefined;
  };
  const settings: Record<string, unknown> = { port: DEFAULT_PORT, ...readConfig(given('config')) };
  const flagged = { port: number('port'), seed: number('seed'), host: given('host'), keep: given('keep') };
  for (const [key, value] of Object.entries({ ...flagged, answerForm: given('answer-form') })) {
    if (value !== undefined) settings[key] = value;
  }
  if (faults.length > 0) throw new SimulatorInputError(faults);
  const account = readAccount(given);
  if (account !== null) settings['accounts'] = withFirstAccount(settings['accounts'], account);
  return settings;
}

function readAccount(given: (flag: Flag) => string | undefined): Partial<SimulatorAccount> | null {
  const account: Partial<SimulatorAccount> = {};
  const [login, password, reportUrl] = [given('login'), given('password'), given('report-url')];
  if (login !== undefined) account.login = login;
  if (password !== undefined) account.password = password;
  if (reportUrl !== undefined) account.reportUrl = reportUrl;
  return Object.keys(account).length === 0 ? null : account;
}

/** The flags change the first account of the file, or the demo account. */
function withFirstAccount(accounts: unknown, changes: Partial<SimulatorAccount>): unknown[] {
  const [first, ...others]: unknown[] = Array.isArray(accounts) && accounts.length > 0 ? accounts : [DEMO_ACCOUNT];
  return [{ ...(isObject(first) ? first : {}), ...changes }, ...others];
}

function readConfig(path: string | undefined): Record<string, unknown> {
  if (path === undefined) return {};
  let config: unknown;
  try {
    config = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new SimulatorInputError([`--config ${path}: ${error instanceof Error ? error.message : String(error)}`]);
  }
  if (!isObject(config)) throw new SimulatorInputError([`--config ${path}: must hold one JSON object`]);
  return config;
}
