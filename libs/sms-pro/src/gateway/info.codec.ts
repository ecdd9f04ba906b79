import { SmsProProtocolError } from '../errors/sms-pro.errors.js';
import { openAnswer, type GatewayBody, type GatewayCredentials } from './gateway-answer.js';
import { leaf, type XmlElement } from './xml-reader.js';
import { writeXml } from './xml-writer.js';

const NAMESPACE = 'http://Giper.mobi/schema/Info';

/** The answer of `/api/info`, whatever its status. Money is a decimal string: a float would lose the last tyiyn. */
export interface AccountAnswer {
  /** Raw code of the table "статусы запроса" of info, see `INFO_STATUS`. */
  readonly status: string;
  /** `false`: not active, blocked, or a test account. */
  readonly active: boolean | null;
  /** Balance in the account's currency, without credit: `-?\d+(\.\d+)?`. */
  readonly balance: string | null;
  /** Price of one segment in the account's currency. */
  readonly smsPrice: string | null;
}

/**
 * Writes the request of `/api/info`.
 *
 * @throws SmsProInputError if a field has a character that XML forbids
 */
export function encodeGetAccount({ login, password }: GatewayCredentials): Buffer {
  return writeXml('info', { login, pwd: password }, { namespace: NAMESPACE });
}

/**
 * Reads the answer of `/api/info`.
 *
 * @throws SmsProProtocolError if it is not such an answer, has no numeric status, or has status 0 and no readable
 *   state, balance or price
 */
export function decodeGetAccount(body: GatewayBody): AccountAnswer {
  const { status, root } = openAnswer('info', body);
  const answer = {
    status,
    active: activeOf(root),
    balance: moneyOf(root, 'account'),
    smsPrice: moneyOf(root, 'smsprice'),
  };
  if (status === '0' && (answer.active === null || answer.balance === null || answer.smsPrice === null)) {
    throw new SmsProProtocolError('info', 'its <state>, <account> or <smsprice> is not readable');
  }
  return answer;
}

/** 0 is active. All other numbers are not, including those that the partner API does not list. */
function activeOf(root: XmlElement): boolean | null {
  const state = leaf(root, 'state');
  return state !== null && /^\d{1,3}$/.test(state) ? Number(state) === 0 : null;
}

function moneyOf(root: XmlElement, name: string): string | null {
  const money = leaf(root, name)?.replace(',', '.') ?? '';
  return /^-?\d+(\.\d+)?$/.test(money) ? money : null;
}
