import { toGatewayTime } from '../message/bishkek-time.js';
import { normalizeText } from '../message/text.js';
import { countOf, openAnswer, textOf, type GatewayBody, type GatewayCredentials } from './gateway-answer.js';
import { writeXml } from './xml-writer.js';

/** One request of `/api/message`: one text to at most 50 phones. Source: the partner API, section 1. */
export interface SendPacketRequest {
  /** 1 to 12 Latin letters and digits, unique within the account: the gateway should block a repeated id. */
  readonly id: string;
  /** Approved sender name: 1 to 11 Latin letters, digits, dots and dashes, or 1 to 14 digits. */
  readonly sender: string;
  /** 1 to 800 UTF-16 units. */
  readonly text: string;
  /** 1 to 50 different phones, such as `996550123456`. */
  readonly phones: readonly string[];
  /** When the gateway sends it. @default at once */
  readonly time?: Date | undefined;
  /** `true`: the gateway checks the request, sends and bills nothing, and answers status 11. @default false */
  readonly test?: boolean | undefined;
}

/** The answer of `/api/message`, whatever its status. */
export interface SendPacketAnswer {
  /** The id of the request that was answered; `null` if the answer has none. */
  readonly id: string | null;
  /** Raw code of the table "статусы отправки", see `SEND_STATUS`. */
  readonly status: string;
  /** Number of phones that the gateway recognised. May be above 0 in a refusal: it counts only with status 0. */
  readonly phones: number | null;
  /** Segments of the text. The gateway bills `phones` × `smscnt`. */
  readonly smscnt: number | null;
  /** The gateway's description of a fault. May contain a phone number: mask it before you log it. */
  readonly message: string | null;
}

/**
 * Writes the request of `/api/message`. It has no namespace.
 *
 * @throws SmsProInputError if a field has a character that XML forbids
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
 * @throws SmsProProtocolError if it is not such an answer or has no numeric status
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
