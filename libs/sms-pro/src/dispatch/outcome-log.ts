import { maskPhonesIn } from '../message/phone.js';
import type { SmsProLogger } from '../options/sms-pro.logger.js';
import type { ClaimedPacket } from '../store/packets/claimed-packet.js';
import type { PacketChange } from '../store/packets/packet-change.js';
import type { PostOutcome } from './post-outcome.js';

/** Logs what an operator should know about one POST. */
export function logOutcome(
  logger: SmsProLogger,
  packet: ClaimedPacket,
  change: PacketChange,
  outcome: PostOutcome,
): void {
  const name = `Packet ${packet.packetId}`;
  if (change.to === 'rejected') {
    logger.warn(`${name} was refused (${change.reason}). ${change.hint}`);
  }
  if (change.to === 'uncertain') {
    logger.warn(`${name} is uncertain (${change.cause}): it is not sent again until /api/dr has been queried.`);
  }
  if (change.to === 'accepted' && packet.test && !change.test) {
    logger.warn(`${name} was meant as a test, but the gateway sent and billed it.`);
  }
  if (change.to === 'accepted' && change.phones !== null && change.phones !== packet.phones.length) {
    logger.warn(`${name}: the gateway recognised ${change.phones} of ${packet.phones.length} phones.`);
  }
  if (outcome.kind === 'answer' && outcome.answer.message) {
    logger.debug(`${name}: the gateway answered "${maskPhonesIn(outcome.answer.message)}".`);
  }
}
