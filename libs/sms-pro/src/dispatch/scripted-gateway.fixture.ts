import { SmsProTransportError, type TransportFault } from '../errors/sms-pro.errors.js';
import type { ReportsAnswer } from '../gateway/dr.codec.js';
import type { SendPacketAnswer, SendPacketRequest } from '../gateway/message.codec.js';
import type { PhoneReport } from '../message/incoming-report.js';

/** What the scripted gateway does with one POST: an answer, or an error of the transport. */
export type ScriptedPost = (request: SendPacketRequest) => Promise<SendPacketAnswer> | SendPacketAnswer;
/** What the scripted gateway does with one probe. */
export type ScriptedProbe = (packetId: string) => Promise<ReportsAnswer> | ReportsAnswer;

/** An answer to our packet. */
export function answer(status: string, extra: Partial<SendPacketAnswer> = {}): ScriptedPost {
  return ({ id, phones }) => ({ id, status, phones: phones.length, smscnt: 1, message: null, ...extra });
}

/** What fails as the transport does. */
export function fails(error: Error): () => never {
  return () => {
    throw error;
  };
}

/** A request whose answer was lost: the gateway may have taken it. */
export function lost(fault: TransportFault = 'reset'): () => never {
  return fails(new SmsProTransportError('message', 'The connection broke off.', { outcome: 'unknown', fault }));
}

/** A request that the gateway certainly did not take. */
export function notSent(fault: TransportFault = 'refused', httpStatus?: number): () => never {
  return fails(new SmsProTransportError('message', 'Not sent.', { outcome: 'not-sent', fault, httpStatus }));
}

/** A probe that shows these phones, each as sent. */
export function found(...phones: string[]): () => ReportsAnswer {
  return () => ({ status: '0', reports: phones.map(sentReport), unreadable: 0 });
}

/** A probe of a packet that the gateway does not know. */
export function notFound(): ReportsAnswer {
  return { status: '4', reports: [], unreadable: 0 };
}

function sentReport(phone: string): PhoneReport {
  return { phone, code: '1', sendTime: '', rcvTime: '', sentAt: null, deliveredAt: null };
}
