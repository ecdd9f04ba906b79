import {
  assertShape,
  isFilled,
  isFlag,
  isInteger,
  isListOf,
  isOneOf,
  isShape,
  isText,
  orNull,
  SimulatorInputError,
  type Check,
  type Shape,
} from '../settings/shape.js';
import { readPhone } from '../wire/phone.js';
import { printSom, readSom } from './money.js';
import { DEFAULT_NUMBER_PLAN, type NumberPlanRule } from './number-plan.js';

/** An account of the gateway. Only `login` is needed to change one; a new one needs `password` too. */
export interface SimulatorAccount {
  login: string;
  password: string;
  /** Addresses that may call (others get status 3); null is any. `/api/def` does not check them. @default null */
  allowedIps?: string[] | null;
  /** Approved sender names, exactly as written (others get 5); null is any well-formed name. @default null */
  senders?: string[] | null;
  /** Words that block a text (status 6), in any case. @default [] */
  stopWords?: string[];
  /** Som, as text. @default '1000000.00' */
  balance?: string;
  /** Som that may be spent below zero; `/api/info` does not show it. @default '0.00' */
  credit?: string;
  /** Som for one SMS. @default '1.00' */
  smsPrice?: string;
  /** What `/api/info` shows: 0 active, 1 not. It does not block sends: see `refuseWith`. @default 0 */
  state?: 0 | 1;
  /** `profile-phone-only`: a new account; `test`: every send is answered with 11. @default 'normal' */
  mode?: 'normal' | 'profile-phone-only' | 'test';
  /** The only phone of an account in the mode `profile-phone-only`. @default null */
  profilePhone?: string | null;
  /** What that mode answers for any other phone. @default 7 */
  profileOnlyStatus?: 4 | 7;
  /** Treats `<test>1</test>` as an ordinary send: status 0, sent and billed. @default false */
  ignoresTest?: boolean;
  /** A status that every send of this account gets if its password is correct. @default null */
  refuseWith?: number | null;
  /** Where reports are pushed; null: they are not. @default null */
  reportUrl?: string | null;
  /** The "push reports" flag of the cabinet. @default true */
  reportsEnabled?: boolean;
  /** What `/api/def` finds. @default a few prefixes of Kyrgyzstan */
  numberPlan?: NumberPlanRule[];
}

/** An account with all defaults filled in. Money is in whole tyiyn (1/100 som). */
export interface Account extends Required<Omit<SimulatorAccount, 'balance' | 'credit' | 'smsPrice'>> {
  balanceTyiyn: number;
  creditTyiyn: number;
  smsPriceTyiyn: number;
}

/** The default account: login `demo`, password `demo`. */
export const DEMO_ACCOUNT: Readonly<SimulatorAccount> = { login: 'demo', password: 'demo' };

const isSom: Check = (value) =>
  typeof value === 'string' && readSom(value) !== null ? null : 'must be som as text, like "20123.12"';
const isPrice: Check = (value) =>
  isSom(value) ?? (Number(readSom(String(value))) < 0 ? 'must not be below zero' : null);
const isPhone: Check = (value) =>
  typeof value === 'string' && readPhone(value) !== null ? null : 'must be written like 996550123456';
const isHttpUrl: Check = (value) =>
  typeof value === 'string' && URL.canParse(value) && /^https?:/i.test(value) ? null : 'must be an http(s) address';

const ACCOUNT_SHAPE: Shape<SimulatorAccount> = {
  login: isFilled,
  password: isFilled,
  allowedIps: orNull(isListOf(isText)),
  senders: orNull(isListOf(isText)),
  stopWords: isListOf(isFilled),
  balance: isSom,
  credit: isPrice,
  smsPrice: isPrice,
  state: isOneOf(0, 1),
  mode: isOneOf('normal', 'profile-phone-only', 'test'),
  profilePhone: orNull(isPhone),
  profileOnlyStatus: isOneOf(4, 7),
  ignoresTest: isFlag,
  refuseWith: orNull(isInteger),
  reportUrl: orNull(isHttpUrl),
  reportsEnabled: isFlag,
  numberPlan: isListOf(
    isShape<NumberPlanRule>({ prefix: isText, region: isText, operator: isText, timezone: isInteger }),
  ),
};

/**
 * The account after the changes; without `before` a new one.
 * @throws SimulatorInputError
 */
export function changeAccount(before: Account | undefined, changes: unknown): Account {
  assertShape<Partial<SimulatorAccount>>(changes, ACCOUNT_SHAPE, 'account');
  const { balance, credit, smsPrice, ...rest } = changes;
  const { login, password } = { ...before, ...rest };
  if (login === undefined || password === undefined) {
    throw new SimulatorInputError(['a new account needs a login and a password']);
  }
  return {
    ...(before ?? newAccount(login, password)),
    ...rest,
    ...(rest.profilePhone === undefined
      ? {}
      : { profilePhone: rest.profilePhone === null ? null : readPhone(rest.profilePhone) }),
    ...(balance === undefined ? {} : { balanceTyiyn: readSom(balance) ?? 0 }),
    ...(credit === undefined ? {} : { creditTyiyn: readSom(credit) ?? 0 }),
    ...(smsPrice === undefined ? {} : { smsPriceTyiyn: readSom(smsPrice) ?? 0 }),
  };
}

/** The account as it is set and shown: money as text in som. */
export function printAccount(account: Account): Required<SimulatorAccount> {
  const { balanceTyiyn, creditTyiyn, smsPriceTyiyn, ...rest } = account;
  return {
    ...rest,
    balance: printSom(balanceTyiyn),
    credit: printSom(creditTyiyn),
    smsPrice: printSom(smsPriceTyiyn),
  };
}

function newAccount(login: string, password: string): Account {
  return {
    login,
    password,
    allowedIps: null,
    senders: null,
    stopWords: [],
    balanceTyiyn: 100_000_000,
    creditTyiyn: 0,
    smsPriceTyiyn: 100,
    state: 0,
    mode: 'normal',
    profilePhone: null,
    profileOnlyStatus: 7,
    ignoresTest: false,
    refuseWith: null,
    reportUrl: null,
    reportsEnabled: true,
    numberPlan: [...DEFAULT_NUMBER_PLAN],
  };
}
