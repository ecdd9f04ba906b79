import type { ServerResponse } from 'node:http';
import type { EndingFault } from '../faults/fault-injector.js';
import { writeAnswer, type Answer, type AnswerForm } from '../wire/answers.js';

/** What was sent to the client. */
export interface Sent {
  /** Null when no complete HTTP answer was sent. */
  readonly httpStatus: number | null;
  /** The gateway status the client could read, null for none. */
  readonly status: number | null;
}

/** Also used when the client has closed the connection itself. */
export const NOT_SENT: Sent = { httpStatus: null, status: null };
const ERROR_PAGE = '<html><head><title>Error</title></head><body><h1>Service unavailable</h1></body></html>';
/** An id that the client cannot have sent. */
const WRONG_ID = 'WRONG0000000';

/** Sends the answer, changed by the fault if there is one. `answer` is null when the request was not processed. */
export function sendAnswer(
  response: ServerResponse,
  answer: Answer | null,
  fault: EndingFault | null,
  form: AnswerForm,
): Sent {
  switch (fault?.action) {
    case 'drop-before':
    case 'drop-after':
      response.destroy();
      return NOT_SENT;
    case 'reset':
      response.socket?.resetAndDestroy();
      return NOT_SENT;
    case 'hang':
      return NOT_SENT;
    case 'garbage':
      response.socket?.end('SMPP\u0000\u0001 is not HTTP\r\n\r\n');
      return NOT_SENT;
    case 'http-before':
      return sendPage(response, fault.status ?? 503, ERROR_PAGE);
    case 'http-after':
      return sendPage(response, fault.status ?? 502, ERROR_PAGE);
    case 'redirect':
      response.setHeader('location', fault.location ?? '/');
      return sendPage(response, fault.status ?? 302, '');
    case 'html':
      return sendPage(response, 200, ERROR_PAGE);
    case 'empty':
      return sendPage(response, 200, '');
    case 'half-answer':
      return answer === null ? sendPage(response, 200, '') : sendHalf(response, writeAnswer(answer, form));
    default: {
      if (answer === null) return sendPage(response, 500, ERROR_PAGE);
      const changed = changeAnswer(answer, fault ?? null);
      sendXml(response, writeAnswer(changed, form));
      return { httpStatus: 200, status: changed.status };
    }
  }
}

/** Sends an answer that is not XML. */
export function sendPage(response: ServerResponse, httpStatus: number, page: string): Sent {
  response.writeHead(httpStatus, { 'content-type': 'text/html; charset=utf-8' });
  response.end(page);
  return { httpStatus, status: null };
}

function sendXml(response: ServerResponse, xml: string): void {
  response.writeHead(200, { 'content-type': 'text/xml; charset=utf-8', 'content-length': Buffer.byteLength(xml) });
  response.end(xml);
}

function sendHalf(response: ServerResponse, xml: string): Sent {
  const bytes = Buffer.from(xml);
  response.writeHead(200, { 'content-type': 'text/xml; charset=utf-8', 'content-length': bytes.length });
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
  return NOT_SENT;
}

function changeAnswer(answer: Answer, fault: EndingFault | null): Answer {
  if (fault?.action === 'no-status') return { ...answer, status: null };
  if (fault?.action === 'wrong-id') return answer.call === 'message' ? { ...answer, id: WRONG_ID } : answer;
  if (fault?.action !== 'status') return answer;
  if (answer.call !== 'message') return { ...answer, status: fault.code };
  return {
    ...answer,
    status: fault.code,
    message: fault.message ?? answer.message,
    phones: fault.phones ?? answer.phones,
    smscnt: fault.smscnt ?? answer.smscnt,
  };
}
