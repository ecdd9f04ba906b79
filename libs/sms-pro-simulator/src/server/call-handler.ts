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

/** What handling a call needs from the simulator. */
export interface CallHost extends ProcessingHost {
  readonly faults: FaultInjector;
  readonly requests: RequestLog;
  readonly gauge: LoadGauge;
  readonly answerForm: AnswerForm;
}

/** One request to one of the four calls, from its body to its answer. */
export function handleCall(call: GatewayCall, http: IncomingMessage, response: ServerResponse, host: CallHost): void {
  const requestEnded = host.requests.arrived(call);
  response.on('close', requestEnded);
  readBody(http, (body) => {
    if (body === null) {
      sendPage(response, 413, '');
      return;
    }
    const document = decodeBody(body, http.headers['content-type']);
    const request = readCallRequest(call, document, plainAddress(http.socket.remoteAddress));
    handleRequest(request, response, host, requestEnded);
  });
}

function handleRequest(request: CallRequest, response: ServerResponse, host: CallHost, requestEnded: () => void): void {
  const loadEnded = host.gauge.enter(request);
  const ended = (): void => {
    loadEnded();
    requestEnded();
  };
  response.on('close', ended);
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
    // Counted as ended here and not at 'close': the client's next request must not find its last one still running.
    if (response.writableEnded) ended();
    record.status = sent.status;
    record.httpStatus = sent.httpStatus;
    host.requests.answered(record, sent.status);
  };
  if (verdict.latencyMs === 0) {
    finish(answer());
    return;
  }
  const early = verdict.processesAfterLatency ? null : answer();
  // Real time, not the simulator's: the client measures its own timeout in real time.
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

/** The address as a list of allowed addresses has it: an IPv6 socket puts a prefix before an IPv4 address. */
function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/i, '');
}
