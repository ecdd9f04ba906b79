import type { Reason, RecipientStatus, SendSmsRequest } from 'nestjs-sms-pro';

/** How the final status is learned: a pushed report, a report that was asked for, or the answer to the send. */
export type LearnedBy = 'push' | 'poll' | 'answer';

/** The final status of a recipient. */
export interface Ending {
  readonly status: RecipientStatus;
  readonly reason: Reason | null;
  readonly learnedBy: LearnedBy;
}

/** One notification of the demo. */
export interface DemoMessage extends Pick<SendSmsRequest, 'text' | 'sender' | 'priority' | 'sensitive'> {
  /** Names it in the output and in every event. */
  readonly reference: string;
  readonly to: readonly string[];
  readonly expected: Ending;
}

/** The one sender name that the simulated account may use. */
export const APPROVED_SENDER = 'Demo';

/** The phone whose reports the gateway forgets to push. */
export const FORGOTTEN_PHONE = '996555000106';

const DELIVERED: Ending = { status: 'delivered', reason: null, learnedBy: 'push' };

/** What the demo sends. The last four digits of a phone tell the simulator which final status its message gets. */
export const DEMO_MESSAGES: readonly DemoMessage[] = [
  {
    reference: 'order notice',
    to: ['996555000101', '+996 700 000-102'],
    text: 'Your order 17 is ready. Open until 20:00.',
    expected: DELIVERED,
  },
  {
    reference: 'Kyrgyz text',
    to: ['0777 000 103'],
    text: 'Урматтуу кардар! Сиздин буйрутмаңыз даяр. Дүкөнгө келип алып кетиңиз, биз сизди кечки сегизге чейин күтөбүз.',
    expected: DELIVERED,
  },
  {
    reference: 'phone is off',
    to: ['996555000004'],
    text: 'Your parcel has arrived.',
    expected: { status: 'undelivered', reason: 'not-delivered', learnedBy: 'push' },
  },
  {
    reference: 'wrong sender',
    to: ['996555000105'],
    text: 'Sale! Today only.',
    sender: 'NotApproved',
    expected: { status: 'rejected', reason: 'sender', learnedBy: 'answer' },
  },
  {
    reference: 'lost report',
    to: [FORGOTTEN_PHONE],
    text: 'Your taxi is here.',
    expected: { status: 'delivered', reason: null, learnedBy: 'poll' },
  },
  {
    reference: 'one-time code',
    to: ['996555000107'],
    text: 'Your code is 4821.',
    priority: 'high',
    sensitive: true,
    expected: DELIVERED,
  },
];
