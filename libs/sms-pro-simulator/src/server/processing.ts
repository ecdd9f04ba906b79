import { answerCall, answerWithStatus } from '../calls/answer-call.js';
import type { CallRequest } from '../calls/call-request.js';
import type { GatewayState } from '../calls/gateway-state.js';
import type { SimulatorClock } from '../clock/simulator-clock.js';
import type { EndingFault } from '../faults/fault-injector.js';
import type { Answer } from '../wire/answers.js';
import type { RequestRecord } from './request-log.js';

/** What processing a request needs from the simulator. */
export interface ProcessingHost extends GatewayState {
  readonly clock: SimulatorClock;
}

/** Is a request with this fault processed, unless its rule says otherwise? */
const PROCESSED: Readonly<Record<EndingFault['action'], boolean>> = {
  'drop-before': false,
  'drop-after': true,
  reset: false,
  hang: true,
  'half-answer': true,
  'http-before': false,
  'http-after': true,
  redirect: false,
  html: false,
  empty: true,
  garbage: true,
  status: false,
  'wrong-id': true,
  'no-status': true,
};

/** Faults whose answer does not depend on the processing, so that it can happen later. */
const CAN_BE_LATE: ReadonlySet<EndingFault['action']> = new Set([
  'drop-after',
  'http-after',
  'hang',
  'reset',
  'garbage',
  'empty',
  'html',
  'status',
]);

/** Processes the request as its fault allows: now, late, or not at all. Null if there is nothing to answer. */
export function processFor(
  fault: EndingFault | null,
  request: CallRequest,
  record: RequestRecord,
  host: ProcessingHost,
): Answer | null {
  if (fault === null) return processNow(request, record, host);
  const statusOnly = fault.action === 'status' ? answerWithStatus(request, fault.code) : null;
  if (!isProcessed(fault)) return statusOnly;
  const lateMs = CAN_BE_LATE.has(fault.action) ? latenessOf(fault, host) : 0;
  if (lateMs === 0) return processNow(request, record, host);
  processLate(lateMs, request, record, host);
  return statusOnly;
}

/** The answer to a request over the load limit. With a dial, a send that gets 9 is processed anyway. */
export function answerOverload(
  status: 5 | 9,
  request: CallRequest,
  record: RequestRecord,
  host: ProcessingHost,
): Answer {
  record.faults.push('overload');
  const { busyIsProcessed, lateProcessingMs } = host.dials;
  if (status === 9 && busyIsProcessed) {
    if (lateProcessingMs === 0) processNow(request, record, host);
    else processLate(lateProcessingMs, request, record, host);
  }
  return answerWithStatus(request, status);
}

function processNow(request: CallRequest, record: RequestRecord, host: ProcessingHost): Answer {
  const answer = answerCall(request, host);
  record.processed = true;
  record.outcome = answer.status;
  return answer;
}

function processLate(lateMs: number, request: CallRequest, record: RequestRecord, host: ProcessingHost): void {
  // After a reset this changes the old state, which is no longer used.
  host.clock.schedule(host.now() + lateMs, () => processNow(request, record, host));
}

function isProcessed(fault: EndingFault): boolean {
  const fromRule = 'processed' in fault ? fault.processed : undefined;
  return fromRule ?? PROCESSED[fault.action];
}

function latenessOf(fault: EndingFault, { dials }: ProcessingHost): number {
  const fromRule = 'lateMs' in fault ? fault.lateMs : undefined;
  return fromRule ?? dials.lateProcessingMs;
}
