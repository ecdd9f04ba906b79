import { SmsProInputError, type SmsProIssue } from '../errors/sms-pro.errors.js';
import { normalizePhone, type PhonePolicy } from '../message/phone.js';
import { senderFault } from '../message/sender.js';
import { textFault } from '../message/text.js';
import type { SendPacketRequest } from './message.codec.js';

/** Phones in one packet, at most. Source: the partner API, section 1, field `phone`. */
const MAX_PHONES = 50;

/**
 * Checks a packet, and returns it with its phones in the gateway's form.
 *
 * @throws SmsProInputError that lists every fault
 */
export function checkPacket(request: SendPacketRequest, policy: PhonePolicy): SendPacketRequest {
  const issues: SmsProIssue[] = [];
  const add = (path: string, message: string | null): void => {
    if (message !== null) {
      issues.push({ path, message });
    }
  };
  add('id', idFault(request.id));
  add('sender', senderFault(request.sender));
  add('text', textFault(request.text));
  add('time', timeFault(request.time));
  const phones = checkPhones(request.phones, policy, issues);
  if (issues.length > 0) {
    throw new SmsProInputError(issues);
  }
  return { ...request, phones };
}

/** @throws SmsProInputError if the phone is not valid */
export function checkPhone(phone: string, policy: PhonePolicy): string {
  const read = normalizePhone(phone, policy);
  if ('fault' in read) {
    throw new SmsProInputError([{ path: 'phone', message: read.fault }]);
  }
  return read.phone;
}

/** @throws SmsProInputError if it cannot be the id of a packet. Ids that are longer than ours are accepted */
export function checkReportId(id: string): string {
  if (!/^[\w.-]{1,64}$/.test(id)) {
    throw new SmsProInputError([{ path: 'id', message: 'is not the id of a packet: give the one it was sent with' }]);
  }
  return id;
}

function idFault(id: string): string | null {
  return /^[A-Za-z0-9]{1,12}$/.test(id) ? null : 'is not 1 to 12 Latin letters and digits';
}

function timeFault(time: Date | undefined): string | null {
  if (time === undefined) {
    return null;
  }
  const year = time.getUTCFullYear();
  return year >= 1970 && year < 9999 ? null : 'is not a valid Date';
}

function checkPhones(given: readonly string[], policy: PhonePolicy, issues: SmsProIssue[]): string[] {
  if (given.length < 1 || given.length > MAX_PHONES) {
    issues.push({ path: 'phones', message: `has ${given.length} numbers, a packet takes 1 to ${MAX_PHONES}` });
  }
  const phones = new Set<string>();
  given.forEach((written, index) => {
    const path = `phones[${index}]`;
    const read = normalizePhone(written, policy);
    if ('fault' in read) {
      issues.push({ path, message: read.fault });
    } else if (phones.has(read.phone)) {
      issues.push({ path, message: 'is there twice: remove one, or send it in another packet' });
    } else {
      phones.add(read.phone);
    }
  });
  return [...phones];
}
