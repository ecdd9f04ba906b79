import { counted, shownPhone, tableLines, type Paint } from './demo-lines.js';
import type { DemoMessage, Ending } from './demo.scenario.js';
import type { StoredDemo, StoredRecipient } from './stored-demo.js';

/** What the gateway billed, and how many phones were sent the same text more than once. */
export interface GatewayLedger {
  /** SMS: messages times their segments. */
  readonly sms: number;
  /** Som. */
  readonly billed: string;
  readonly doubles: number;
}

const LEARNED: Readonly<Record<Ending['learnedBy'], string>> = {
  push: 'a pushed report',
  poll: 'asking the gateway',
  answer: "the gateway's answer",
};

/** The table of recipients, from the database. */
export function endingLines(stored: StoredDemo, paint: Paint): string[] {
  const rows = stored.recipients.map(({ phone, reference, ending, sms }) => [
    shownPhone(phone),
    reference,
    ending.reason === null ? ending.status : `${ending.status} (${ending.reason})`,
    LEARNED[ending.learnedBy],
    String(sms),
  ]);
  return tableLines(['recipient', 'what was sent', 'how it ended', 'learned from', 'SMS billed'], rows, paint);
}

/** What the gateway billed, compared with the database. */
export function billingLine(stored: StoredDemo, ledger: GatewayLedger): string {
  const sms = storedSms(stored);
  const agree = sms === ledger.sms ? 'The database says the same' : `The database says ${sms}`;
  const twice = ledger.doubles === 0 ? 'no phone was sent the same text twice' : `${ledger.doubles} got a text twice`;
  return `The gateway billed ${ledger.sms} SMS for ${ledger.billed} som. ${agree}, and ${twice}.`;
}

/** What differs from the expected result; empty when nothing does. */
export function findProblems(messages: readonly DemoMessage[], stored: StoredDemo, ledger: GatewayLedger): string[] {
  const expected = new Map(messages.map((message) => [message.reference, message]));
  const wrong = stored.recipients.flatMap((recipient) => {
    const message = expected.get(recipient.reference);
    return message === undefined || sameEnding(message.expected, recipient)
      ? []
      : [differs(message.expected, recipient)];
  });
  const recipients = messages.reduce((sum, { to }) => sum + to.length, 0);
  if (stored.recipients.length !== recipients) {
    wrong.push(`${counted(stored.recipients.length, 'recipient')} are stored, not ${recipients}`);
  }
  if (storedSms(stored) !== ledger.sms) wrong.push('the gateway billed another number of SMS than the database says');
  if (ledger.doubles > 0) wrong.push('a phone was sent the same text twice');
  if (!stored.codeErased) wrong.push('the text of the one-time code is still in the database');
  return wrong;
}

function storedSms({ recipients }: StoredDemo): number {
  return recipients.reduce((sum, { sms }) => sum + sms, 0);
}

function sameEnding(expected: Ending, { ending }: StoredRecipient): boolean {
  return (
    ending.status === expected.status && ending.reason === expected.reason && ending.learnedBy === expected.learnedBy
  );
}

function differs(expected: Ending, { phone, reference, ending }: StoredRecipient): string {
  return `${shownPhone(phone)} (${reference}) ended ${endingInWords(ending)}, not ${endingInWords(expected)}`;
}

function endingInWords({ status, reason, learnedBy }: Ending): string {
  return `${status}${reason === null ? '' : ` (${reason})`} by ${learnedBy}`;
}
