import { element } from './xml-writer.js';

/** How `/api/message` answers: like the live gateway (`live`) or as the partner document prints it. */
export type AnswerForm = 'live' | 'document';

/** The four calls of the partner API. */
export type GatewayCall = 'message' | 'dr' | 'def' | 'info';

/** With a `status` of null the element is left out: only a fault does that. */
export interface MessageAnswer {
  readonly call: 'message';
  readonly id: string;
  readonly status: number | null;
  readonly phones: number;
  readonly smscnt: number;
  /** Empty for no message. */
  readonly message: string;
}

/** The report of one phone, as it is written in an answer or a push. */
export interface ReportLine {
  readonly number: string;
  readonly report: number;
  /** `YYYYMMDDhhmmss`, or empty. */
  readonly sendTime: string;
  /** `YYYYMMDDhhmmss`, or empty. */
  readonly rcvTime: string;
}

export interface ReportAnswer {
  readonly call: 'dr';
  readonly status: number | null;
  readonly phones: readonly ReportLine[];
}

export interface LookupAnswer {
  readonly call: 'def';
  readonly status: number | null;
  readonly found: { readonly region: string; readonly operator: string; readonly timezone: number } | null;
}

export interface AccountAnswer {
  readonly call: 'info';
  readonly status: number | null;
  readonly account: { readonly state: 0 | 1; readonly balance: string; readonly smsPrice: string } | null;
}

/** An answer of the gateway, before it is written as XML. */
export type Answer = MessageAnswer | ReportAnswer | LookupAnswer | AccountAnswer;

/** The namespace of each call's request, and of its answer if that has one. */
export const NAMESPACES: Readonly<Record<GatewayCall, string>> = {
  message: 'http://Giper.mobi/schema/Message',
  dr: 'http://Giper.mobi/schema/DeliveryReport',
  def: 'http://Giper.mobi/schema/PhoneDEF',
  info: 'http://Giper.mobi/schema/Info',
};

const PLAIN = '<?xml version="1.0" encoding="UTF-8"?>\n';
const STANDALONE = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/** The answer as XML. The form applies only to `/api/message`: no live answer of the other calls is known. */
export function writeAnswer(answer: Answer, form: AnswerForm): string {
  switch (answer.call) {
    case 'message':
      return writeMessageAnswer(answer, form);
    case 'dr':
      return `${PLAIN}<response>${status(answer)}${writeReportLines(answer.phones)}</response>`;
    case 'def':
      return `${STANDALONE}<response xmlns="${NAMESPACES.def}" >${status(answer)}${writeFound(answer)}</response>`;
    case 'info':
      return `${STANDALONE}<response xmlns="${NAMESPACES.info}">${status(answer)}${writeAccount(answer)}</response>`;
  }
}

/** The `<phone>` elements of a dr answer or of a push. */
export function writeReportLines(lines: readonly ReportLine[]): string {
  let xml = '';
  for (const { number, report, sendTime, rcvTime } of lines) {
    // All of them are digits: nothing to escape.
    xml +=
      `<phone><number>${number}</number><report>${report}</report>` +
      `<sendTime>${sendTime}</sendTime><rcvTime>${rcvTime}</rcvTime></phone>`;
  }
  return xml;
}

function writeMessageAnswer(answer: MessageAnswer, form: AnswerForm): string {
  const fields =
    element('id', answer.id) + status(answer) + element('phones', answer.phones) + element('smscnt', answer.smscnt);
  if (form === 'document') return `${PLAIN}<response>${fields}${element('message', answer.message)}</response>`;
  const message = answer.message === '' ? '' : element('message', answer.message);
  return `${STANDALONE}<response xmlns="${NAMESPACES.message}">${fields}${message}</response>`;
}

function writeFound({ found }: LookupAnswer): string {
  if (found === null) return '';
  return element('region', found.region) + element('operator', found.operator) + element('timezone', found.timezone);
}

function writeAccount({ account }: AccountAnswer): string {
  if (account === null) return '';
  return element('state', account.state) + element('account', account.balance) + element('smsprice', account.smsPrice);
}

function status(answer: Answer): string {
  return answer.status === null ? '' : element('status', answer.status);
}
