import type { SmsProEvent } from 'nestjs-sms-pro';

/** What happened to a recipient, and whether that is good news. */
export interface ProgressText {
  readonly text: string;
  readonly tone: 'quiet' | 'good' | 'bad';
}

type RecipientChange = Pick<
  SmsProEvent<
    'recipient.sent' | 'recipient.delivered' | 'recipient.undelivered' | 'recipient.rejected' | 'recipient.unknown'
  >,
  'status'
> & { readonly reason?: string };

/** An event of a recipient, in words that need no knowledge of the API. */
export function progressText({ status, reason }: RecipientChange, wasAskedFor: boolean): ProgressText {
  const how = wasAskedFor ? 'no report came, so the gateway was asked' : 'the gateway pushed a report';
  switch (status) {
    case 'sent':
      return { text: "sent: handed to the phone's operator", tone: 'quiet' };
    case 'delivered':
      return { text: `delivered (${how})`, tone: 'good' };
    case 'undelivered':
      return { text: `not delivered (${how}); the service notes that someone should call`, tone: 'bad' };
    case 'rejected':
      return reason === 'sender'
        ? { text: 'rejected by the gateway: this sender name is not approved; nothing is billed', tone: 'bad' }
        : { text: `rejected by the gateway (${reason ?? 'no reason given'})`, tone: 'bad' };
    case 'unknown':
      return { text: `final status unknown (${reason ?? 'no reason given'})`, tone: 'bad' };
  }
}
