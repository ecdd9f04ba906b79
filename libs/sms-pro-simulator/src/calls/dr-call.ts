import { reportAt, type Packet } from '../packets/packet.js';
import type { ReportAnswer, ReportLine } from '../wire/answers.js';
import { printGatewayTime, readZone } from '../wire/gateway-time.js';
import { readPhone } from '../wire/phone.js';
import type { CallRequest } from './call-request.js';
import { authorise } from './credentials.js';
import type { GatewayState } from './gateway-state.js';

/** `/api/dr`: the reports of an id, for one phone or for all. */
export function answerReport(request: CallRequest, state: GatewayState): ReportAnswer {
  if (request.formFault !== null) return withStatus(1);
  const account = authorise(request, state);
  if (typeof account === 'number') return withStatus(account);
  const { id = '' } = request.fields;
  if (id === '') return withStatus(1);
  const [written] = request.phones;
  const asked = written === undefined ? null : readPhone(written);
  if (written !== undefined && asked === null) return withStatus(4);
  const now = state.now();
  const offsetMinutes = readZone(state.dials.reportZone) ?? 0;
  const phones = state.packets
    .find(account.login, id, state.dials, now)
    .flatMap((packet) =>
      packet.phones
        .filter((phone) => asked === null || phone === asked)
        .map((phone) => reportLine(packet, phone, now, offsetMinutes)),
    );
  return phones.length === 0 ? withStatus(4) : { call: 'dr', status: 0, phones };
}

/** The report of a phone, with its times in the given zone. */
export function reportLine(packet: Packet, phone: string, now: number, offsetMinutes: number): ReportLine {
  const { report, sentAt, receivedAt } = reportAt(packet, phone, now);
  return {
    number: phone,
    report,
    sendTime: printGatewayTime(sentAt, offsetMinutes),
    rcvTime: printGatewayTime(receivedAt, offsetMinutes),
  };
}

function withStatus(status: number): ReportAnswer {
  return { call: 'dr', status, phones: [] };
}
