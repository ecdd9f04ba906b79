import type { SmsProEvent } from 'nestjs-sms-pro';

/** What happened, and how it is to be taken. */
export interface Tidings {
  readonly says: string;
  readonly mood: 'quiet' | 'good' | 'bad';
}

type Told = Pick<
  SmsProEvent<
    'recipient.sent' | 'recipient.delivered' | 'recipient.undelivered' | 'recipient.rejected' | 'recipient.unknown'
  >,
  'status'
> & { readonly reason?: string };

/** An event of a recipient in the words of a newcomer. */
export function inWords({ status, reason }: Told, wasAskedFor: boolean): Tidings {
  const how = wasAskedFor ? 'no report came, so the gateway was asked' : 'the gateway pushed a report';
  switch (status) {
    case 'sent':
      return { says: "sent: handed to the phone's operator", mood: 'quiet' };
    case 'delivered':
      return { says: `delivered (${how})`, mood: 'good' };
    case 'undelivered':
      return { says: `not delivered (${how}); the service notes: somebody should call`, mood: 'bad' };
    case 'rejected':
      return reason === 'sender'
        ? { says: 'rejected by the gateway: this sender name is not approved; nothing is billed', mood: 'bad' }
        : { says: `rejected by the gateway (${reason ?? 'no reason given'})`, mood: 'bad' };
    case 'unknown':
      return { says: `nobody knows what became of it (${reason ?? 'no reason given'})`, mood: 'bad' };
  }
}
