/** One fault in what the caller gave: where it is and how to mend it. */
export interface SmsProIssue {
  /** Place of the fault, such as `to[3]` or `dispatch.leaseMs`. */
  readonly path: string;
  /** What is wrong and what to do about it, in one sentence. Holds no secret, text or full phone. */
  readonly message: string;
}

/** Every literal `code` an error of this package can carry. */
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

/** What the constructors of the errors take beside the message. */
export interface SmsProErrorOptions {
  readonly code: SmsProErrorCode;
  /** Whether the same call can succeed later with nothing changed. */
  readonly retryable: boolean;
  readonly cause?: unknown;
}

/** The root of all errors this package throws. */
export class SmsProError extends Error {
  /** Literal code to branch on. */
  readonly code: SmsProErrorCode;
  /** Whether the same call can succeed later with nothing changed. */
  readonly retryable: boolean;

  constructor(message: string, options: SmsProErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.retryable = options.retryable;
  }
}

/**
 * Something that this package relies on does not hold: a bug, or rows that were changed by hand. Its message holds no
 * data, so it can be logged as it is.
 */
export class SmsProInvariantError extends SmsProError {
  constructor(message: string) {
    super(message, { code: 'INTERNAL', retryable: false });
  }
}

function faults(prefix: string, issues: readonly SmsProIssue[]): string {
  const count = issues.length === 1 ? '1 fault' : `${issues.length} faults`;
  return `${prefix}: ${count}: ${issues.map(({ path, message }) => (path ? `${path} ${message}` : message)).join('; ')}`;
}

/** The module was set up wrongly: thrown at start, never later. Lists every fault. */
export class SmsProConfigError extends SmsProError {
  readonly issues: readonly SmsProIssue[];

  /** @param path the option that one sentence is about, where it is about one */
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

/** The request cannot be sent as it is. Lists every fault; nothing was stored. */
export class SmsProInputError extends SmsProError {
  readonly issues: readonly SmsProIssue[];

  constructor(issues: readonly SmsProIssue[], code: 'INPUT' | 'IDEMPOTENCY_CONFLICT' = 'INPUT') {
    super(faults('SMS request', issues), { code, retryable: false });
    this.issues = issues;
  }
}

/** The four calls of the gateway. Each has a table of codes of its own. */
export type SmsProGatewayCall = 'message' | 'dr' | 'def' | 'info';

/** The gateway read the request and refused it. */
export class SmsProGatewayError extends SmsProError {
  /** The call that was refused: the same code means another thing in each. */
  readonly call: SmsProGatewayCall;
  /** The gateway's status, as it was written in the answer. */
  readonly status: string;
  /** What the status means and where to mend it. */
  readonly hint: string;

  constructor(call: SmsProGatewayCall, status: string, hint: string, retryable: boolean) {
    super(`The gateway refused /api/${call} with status ${status}: ${hint}`, { code: 'GATEWAY', retryable });
    this.call = call;
    this.status = status;
    this.hint = hint;
  }
}

/** What is known of a request that got no readable answer. */
export type TransportOutcome = 'not-sent' | 'unknown';

/** What went wrong on the way to the gateway, as a closed list. */
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

/**
 * The request or its answer was lost on the way.
 * `not-sent`: the gateway certainly did not process it. `unknown`: it may have.
 * Has no `cause`: the HTTP client's own error holds the request body with the password.
 */
export class SmsProTransportError extends SmsProError {
  readonly call: SmsProGatewayCall;
  readonly outcome: TransportOutcome;
  readonly fault: TransportFault;
  /** HTTP status of the answer, where there was one. */
  readonly httpStatus: number | undefined;

  constructor(
    call: SmsProGatewayCall,
    outcome: TransportOutcome,
    fault: TransportFault,
    message: string,
    httpStatus?: number,
  ) {
    super(message, { code: 'TRANSPORT', retryable: fault !== 'tls' });
    this.call = call;
    this.outcome = outcome;
    this.fault = fault;
    this.httpStatus = httpStatus;
  }
}

/** The gateway answered something that is not its answer: HTML, half a document, no status, another packet's id. */
export class SmsProProtocolError extends SmsProError {
  readonly call: SmsProGatewayCall;

  constructor(call: SmsProGatewayCall, message: string) {
    super(`The answer of /api/${call} could not be read: ${message}`, { code: 'PROTOCOL', retryable: true });
    this.call = call;
  }
}
