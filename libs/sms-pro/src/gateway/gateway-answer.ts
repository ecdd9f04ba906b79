import { SmsProProtocolError, type SmsProGatewayCall } from '../errors/sms-pro.errors.js';
import { leaf, readXml, XmlError, type XmlElement } from './xml-reader.js';

/** The login and password that each request carries. */
export interface GatewayCredentials {
  readonly login: string;
  readonly password: string;
}

/** The body of an answer, not parsed yet. */
export interface GatewayBody {
  readonly bytes: Uint8Array;
  readonly contentType?: string | undefined;
}

/** Size of an answer in bytes, at most. Fifty reports take 10 kB. */
export const MAX_ANSWER_BYTES = 256 * 1024;

/** An answer whose `<status>` was read. The codec of the call reads the other fields. */
export interface OpenedAnswer {
  /** The status as the answer has it. Codes that the partner API does not list are kept. */
  readonly status: string;
  readonly root: XmlElement;
}

/**
 * Opens the answer of any call: a `<response>` in any namespace, with a numeric `<status>`.
 *
 * @throws SmsProProtocolError in all other cases. A missing or empty status is never read as 0
 */
export function openAnswer(call: SmsProGatewayCall, body: GatewayBody): OpenedAnswer {
  const root = readRoot(call, body);
  const status = leaf(root, 'status');
  if (status === null || !/^-?\d{1,9}$/.test(status)) {
    throw new SmsProProtocolError(call, 'it has no numeric <status>');
  }
  return { status, root };
}

/** The text of a field; `null` if it is missing or empty. */
export function textOf(root: XmlElement, name: string): string | null {
  return leaf(root, name) || null;
}

/** A field as a whole number of at most nine digits; `null` if it is anything else. */
export function countOf(root: XmlElement, name: string): number | null {
  const text = leaf(root, name);
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

function readRoot(call: SmsProGatewayCall, { bytes, contentType }: GatewayBody): XmlElement {
  try {
    return readXml(bytes, { root: 'response', contentType, maxBytes: MAX_ANSWER_BYTES });
  } catch (error) {
    if (error instanceof XmlError) {
      throw new SmsProProtocolError(call, error.message);
    }
    throw error;
  }
}
