import type { IncomingMessage, ServerResponse } from 'node:http';
import { readCallRequest, type CallRequest } from '../calls/call-request.js';
import { NO_FAULT, type FaultInjector } from '../faults/fault-injector.js';
import type { Answer, AnswerForm, GatewayCall } from '../wire/answers.js';
import { decodeBody } from '../wire/body-decoder.js';
import { readPhone } from '../wire/phone.js';
import { NOT_SENT, sendAnswer, sendPage } from './answer-sender.js';
import type { LoadGauge } from './load-gauge.js';
import { answerOverload, processFor, type ProcessingHost } from './processing.js';
import { readBody } from './read-body.js';
import type { RequestLog } from './request-log.js';

/** What handling a call needs of the simulator. */
export interface CallHost extends ProcessingHost {
  readonly faults: FaultInjector;
  readonly requests: RequestLog;
  readonly gauge: LoadGauge;
  readonly answerForm: AnswerForm;
}

/** One request to one of the four calls, from its body to its answer. */
export function handleCall(call: GatewayCall, http: IncomingMessage, response: ServerResponse, host: CallHost): void {
  const left = host.requests.arrived(call);
  response.on('close', left);
  readBody(http, (body) => {
    if (body === null) {
      sendPage(response, 413, '');
      return;
    }
    const document = decodeBody(body, http.headers['content-type']);
    const request = readCallRequest(call, document, plainAddress(http.socket.remoteAddress));
    handleRequest(request, response, host, left);
  });
}

function handleRequest(request: CallRequest, response: ServerResponse, host: CallHost, left: () => void): void {
  const leaveGauge = host.gauge.enter(request);
  const leave = (): void => {
    leaveGauge();
    left();
  };
  response.on('close', leave);
  const overload = host.gauge.overload(request, host.dials, host.now());
  const verdict = host.faults.isEmpty ? NO_FAULT : host.faults.forRequest(subjectOf(request));
  const ending = verdict.ending;
  const record = host.requests.add({
    call: request.call,
    at: host.now(),
    account: request.fields['login'] ?? '',
    packetId: request.fields['id'] ?? '',
    phones: request.phones,
    status: null,
    outcome: null,
    httpStatus: null,
    processed: false,
    faults: [...(verdict.latencyMs > 0 ? ['latency'] : []), ...(ending === null ? [] : [ending.action])],
  });
  const answer = (): Answer | null =>
    overload === null ? processFor(ending, request, record, host) : answerOverload(overload, request, record, host);
  const finish = (processed: Answer | null): void => {
    const sent = response.destroyed ? NOT_SENT : sendAnswer(response, processed, ending, host.answerForm);
    // Left here and not at 'close': the client's next request must not meet its last one.
    if (response.writableEnded) leave();
    record.status = sent.status;
    record.httpStatus = sent.httpStatus;
    host.requests.answered(record, sent.status);
  };
  if (verdict.latencyMs === 0) {
    finish(answer());
    return;
  }
  const early = verdict.processesAfterLatency ? null : answer();
  // Real time, not the simulator's: what it is held against is the client's own time-out.
  setTimeout(() => finish(verdict.processesAfterLatency ? answer() : early), verdict.latencyMs).unref();
}

function subjectOf({ call, fields, phones }: CallRequest) {
  return {
    call,
    account: fields['login'] ?? '',
    id: fields['id'] ?? '',
    phones: phones.map((phone) => readPhone(phone) ?? phone),
  };
}

/** An IPv4 address as it is written in a list of allowed addresses, also when the socket speaks IPv6. */
function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/i, '');
}
