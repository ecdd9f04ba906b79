import { randomUUID } from 'node:crypto';
import type { SmsProGateway } from 'nestjs-sms-pro';
import { atOnce } from '../measure.js';
import { phones } from '../phones.js';

const PACKET_PHONES = 50;
const ID_LENGTH = 11;

/** A packet id that was never used before. */
export function freshPacketId(): string {
  return `f${randomUUID().replaceAll('-', '').slice(0, ID_LENGTH)}`;
}

/** The floor of sending: the HTTP client and the XML alone, with `inFlight` requests at once. */
export async function sendPacketsAlone(gateway: SmsProGateway, packets: number, inFlight: number): Promise<void> {
  const requests = Array.from({ length: packets }, () => ({
    id: freshPacketId(),
    phones: phones(PACKET_PHONES),
    sender: 'My-company',
    text: 'Your order is ready',
  }));
  await atOnce(requests, inFlight, (request) => gateway.sendPacket(request));
}
