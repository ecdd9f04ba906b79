import { toGatewayTime } from '../message/bishkek-time.js';
import { normalizeText } from '../message/text.js';
import { countOf, openAnswer, textOf, type GatewayBody, type GatewayCredentials } from './gateway-answer.js';
import { writeXml } from './xml-writer.js';

/** One request of `/api/message`: one text to at most 50 phones. */
export interface SendPacketRequest {
  /** 1 to 12 Latin letters and digits, unique for the account: a repeat of it is meant to be blocked. */
  readonly id: string;
  /** Approved sender name: 1 to 11 Latin letters, digits, dots and dashes, or 1 to 14 digits. */
  readonly sender: string;
  /** At most 800 UTF-16 units. */
  readonly text: string;
  /** 1 to 50 different phones, `996550123456`. */
  readonly phones: readonly string[];
  /** When the gateway sends it. Left out: at once. */
  readonly time?: Date | undefined;
  /** `true`: the request is processed, nothing is sent or billed, and the status is 11. */
  readonly test?: boolean | undefined;
}

/** The answer of `/api/message`, whatever its status. */
export interface SendPacketAnswer {
  /** The id it answers; `null` when it names none. */
  readonly id: string | null;
  /** Raw code of the table "статусы отправки", see `SEND_STATUS`. */
  readonly status: string;
  /** Phones the gateway recognised. Can be above 0 in a rejection: count and bill on status 0 alone. */
  readonly phones: number | null;
  /** Segments of the text. Billed = phones × smscnt. */
  readonly smscnt: number | null;
  /** The gateway's words on a fault. Can hold a phone number: mask it before it is logged. */
  readonly message: string | null;
}

/**
 * Writes the request of `/api/message`. It carries no namespace.
 *
 * @throws SmsProInputError when a field has a character that XML cannot carry.
 */
export function encodeSendPacket({ login, password }: GatewayCredentials, request: SendPacketRequest): Buffer {
  const { id, sender, text, time, phones, test } = request;
  return writeXml('message', {
    login,
    pwd: password,
    id,
    sender,
    text: normalizeText(text),
    ...(time === undefined ? {} : { time: toGatewayTime(time.getTime()) }),
    phones: { phone: phones },
    ...(test === true ? { test: '1' } : {}),
  });
}

/**
 * Reads the answer of `/api/message`.
 *
 * @throws SmsProProtocolError when it is not that answer or has no numeric status.
 */
export function decodeSendPacket(body: GatewayBody): SendPacketAnswer {
  const { status, root } = openAnswer('message', body);
  return {
    id: textOf(root, 'id'),
    status,
    phones: countOf(root, 'phones'),
    smscnt: countOf(root, 'smscnt'),
    message: textOf(root, 'message'),
  };
}
