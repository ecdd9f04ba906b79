import { openAnswer, textOf, type GatewayBody, type GatewayCredentials } from './gateway-answer.js';
import { leaf, type XmlElement } from './xml-reader.js';
import { writeXml } from './xml-writer.js';

const NAMESPACE = 'http://Giper.mobi/schema/PhoneDEF';
/** The gateway writes -1 for an unknown time zone. No number of Kyrgyzstan is at GMT-1. */
const UNKNOWN_ZONE = -1;

/** The answer of `/api/def`, whatever its status. */
export interface LookupAnswer {
  /** Raw code of the table "статусы запроса" of def, see `DEF_STATUS`. */
  readonly status: string;
  /** Region as the gateway writes it, such as `Бишкек , Бишкек`. */
  readonly region: string | null;
  readonly operator: string | null;
  /** Time zone in hours east of UTC; `null` if it is unknown (-1 in the answer). */
  readonly utcOffsetHours: number | null;
}

/**
 * Writes the request of `/api/def`.
 *
 * @throws SmsProInputError if a field has a character that XML forbids
 */
export function encodeLookup({ login, password }: GatewayCredentials, phone: string): Buffer {
  return writeXml('def', { login, pwd: password, phone }, { namespace: NAMESPACE });
}

/**
 * Reads the answer of `/api/def`.
 *
 * @throws SmsProProtocolError if it is not such an answer or has no numeric status
 */
export function decodeLookup(body: GatewayBody): LookupAnswer {
  const { status, root } = openAnswer('def', body);
  return {
    status,
    region: textOf(root, 'region'),
    operator: textOf(root, 'operator'),
    utcOffsetHours: zoneOf(root),
  };
}

function zoneOf(root: XmlElement): number | null {
  const text = leaf(root, 'timezone');
  if (text === null || !/^[+-]?\d{1,2}(\.\d{1,2})?$/.test(text)) {
    return null;
  }
  const hours = Number(text);
  return hours === UNKNOWN_ZONE ? null : hours;
}
