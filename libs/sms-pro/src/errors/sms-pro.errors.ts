/** One fault in a request or in the options: where it is and how to fix it. */
export interface SmsProIssue {
  /** Place of the fault, such as `to[3]` or `dispatch.leaseMs`. */
  readonly path: string;
  /** What is wrong and how to fix it, in one sentence. Has no secret, text or full phone in it. */
  readonly message: string;
}

/** The values of `code` of the errors of this package. */
export type SmsProErrorCode =
  | 'CONFIG'
  | 'INPUT'
  | 'GATEWAY'
  | 'TRANSPORT'
  | 'PROTOCOL'
  | 'WAIT_TIMEOUT'
  | 'NOT_FOUND'
  | 'IDEMPOTENCY_CONFLICT'
  | 'BULK_STOPPED'
  | 'SHUTTING_DOWN'
  | 'STORE'
  | 'INTERNAL';

/** The arguments of an error beside its message. */
export interface SmsProErrorOptions {
  readonly code: SmsProErrorCode;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;
  readonly cause?: unknown;
}

/** The base class of all errors of this package. None of their messages has a credential, text or full phone in it. */
export class SmsProError extends Error {
  /** The kind of error, to branch on. */
  readonly code: SmsProErrorCode;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;

  constructor(message: string, options: SmsProErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.retryable = options.retryable;
  }
}

/**
 * A state that this package considers impossible: a bug, or rows that were changed from outside. `code`: `INTERNAL`. Its
 * message contains no text, phone or credential.
 */
export class SmsProInvariantError extends SmsProError {
  constructor(message: string) {
    super(message, { code: 'INTERNAL', retryable: false });
  }
}

/** Whether the database failed, whatever it was asked for. */
export function isDatabaseFailure(error: unknown): boolean {
  return error instanceof SmsProError && error.code === 'STORE';
}

function faults(prefix: string, issues: readonly SmsProIssue[]): string {
  const count = issues.length === 1 ? '1 fault' : `${issues.length} faults`;
  return `${prefix}: ${count}: ${issues.map(({ path, message }) => (path ? `${path} ${message}` : message)).join('; ')}`;
}

/** The module is not configured correctly. Thrown at start only; lists every fault. `code`: `CONFIG`. */
export class SmsProConfigError extends SmsProError {
  /** All faults; `path` is the option, or empty if the fault is not about one option. */
  readonly issues: readonly SmsProIssue[];

  /** @param options `path`: the option that the fault is about, if `issues` is a single sentence */
  constructor(
    issues: readonly SmsProIssue[] | string,
    options: { readonly cause?: unknown; readonly path?: string } = {},
  ) {
    const { path = '', ...rest } = options;
    const list = typeof issues === 'string' ? [{ path, message: issues }] : issues;
    super(typeof issues === 'string' ? issues : faults('SmsProModule options', list), {
      code: 'CONFIG',
      retryable: false,
      ...rest,
    });
    this.issues = list;
  }
}

/**
 * The request is not valid. Lists every fault; nothing was stored or sent. `code`: `INPUT`, or `IDEMPOTENCY_CONFLICT` for
 * another request under a known idempotency key.
 */
export class SmsProInputError extends SmsProError {
  /** All faults; `path` is the field of the request, such as `to[3]`. */
  readonly issues: readonly SmsProIssue[];

  constructor(issues: readonly SmsProIssue[], code: 'INPUT' | 'IDEMPOTENCY_CONFLICT' = 'INPUT') {
    super(faults('SMS request', issues), { code, retryable: false });
    this.issues = issues;
  }
}

/** The four calls of the gateway, `/api/<call>`. Each has its own table of statuses. */
export type SmsProGatewayCall = 'message' | 'dr' | 'def' | 'info';

/** The gateway read the request and refused it. `code`: `GATEWAY`. Source: the status table of the call in the partner API. */
export class SmsProGatewayError extends SmsProError {
  /** The call that was refused. The same status has another meaning in another call. */
  readonly call: SmsProGatewayCall;
  /** The gateway's status as the answer has it, such as `4`. */
  readonly status: string;
  /** What the status means and how to fix it. */
  readonly hint: string;

  constructor(call: SmsProGatewayCall, status: string, hint: string, retryable: boolean) {
    super(`The gateway refused /api/${call} with status ${status}: ${hint}`, { code: 'GATEWAY', retryable });
    this.call = call;
    this.status = status;
    this.hint = hint;
  }
}

/** What is known about a request without an answer: certainly not processed, or unknown. */
export type TransportOutcome = 'not-sent' | 'unknown';

/** What failed between this process and the gateway. */
export type TransportFault =
  | 'dns'
  | 'refused'
  | 'connect-timeout'
  | 'tls'
  | 'unreachable'
  | 'timeout'
  | 'reset'
  | 'aborted'
  | 'http-status'
  | 'too-large'
  | 'other';

/** What {@link SmsProTransportError} tells besides its message. */
export interface TransportFailure {
  /** `not-sent`: the gateway certainly did not process the request. `unknown`: it may have. */
  readonly outcome: TransportOutcome;
  /** What failed. */
  readonly fault: TransportFault;
  /** HTTP status of the answer; `undefined` if there was none. */
  readonly httpStatus?: number | undefined;
}

/**
 * There was no answer: the request or the answer was lost. `code`: `TRANSPORT`.
 * It has no `cause`, since the HTTP client's own error holds the request body with the password.
 */
export class SmsProTransportError extends SmsProError {
  readonly call: SmsProGatewayCall;
  /** `not-sent`: the gateway certainly did not process the request. `unknown`: it may have. */
  readonly outcome: TransportOutcome;
  /** What failed. */
  readonly fault: TransportFault;
  /** HTTP status of the answer; `undefined` if there was none. */
  readonly httpStatus: number | undefined;

  constructor(call: SmsProGatewayCall, message: string, failure: TransportFailure) {
    super(message, { code: 'TRANSPORT', retryable: failure.fault !== 'tls' });
    this.call = call;
    this.outcome = failure.outcome;
    this.fault = failure.fault;
    this.httpStatus = failure.httpStatus;
  }
}

/**
 * The answer could not be read: HTML, half a document, no status, the id of another packet. The gateway may have processed
 * the request. `code`: `PROTOCOL`.
 */
export class SmsProProtocolError extends SmsProError {
  readonly call: SmsProGatewayCall;

  constructor(call: SmsProGatewayCall, message: string) {
    super(`The answer of /api/${call} could not be read: ${message}`, { code: 'PROTOCOL', retryable: true });
    this.call = call;
  }
}
