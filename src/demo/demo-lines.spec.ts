import { describe, expect, it } from '@jest/globals';
import { progressLine, shownPhone, tableLines, type Paint } from './demo-lines.js';
import { readDemoArguments } from './demo.options.js';
import type { DemoMessage } from './demo.scenario.js';
import { billingLine, endingLines, findProblems } from './demo.summary.js';
import type { StoredDemo } from './stored-demo.js';
import { progressText } from './progress-text.js';

const plain: Paint = (_style, text) => text;
const marked: Paint = (style, text) => `<${style}>${text}`;

const MESSAGE: DemoMessage = {
  reference: 'order notice',
  to: ['996555000101'],
  text: 'Ready.',
  expected: { status: 'delivered', reason: null, learnedBy: 'push' },
};
const STORED: StoredDemo = {
  recipients: [{ phone: '996555000101', reference: 'order notice', ending: MESSAGE.expected, sms: 1 }],
  rows: { sms_pro_message: 1 },
  codeErased: true,
};
const LEDGER = { sms: 1, billed: '1.00', doubles: 0 };

describe('the lines of the demo', () => {
  it('show the time, the phone, the message and what happened', () => {
    const line = progressLine(
      1_340,
      { phone: '996555000101', reference: 'order notice' },
      { text: 'delivered', tone: 'good' },
      marked,
    );
    expect(line).toBe('  1.3 s  +996 555 *** 101  order notice   <green>delivered');
  });

  it('show no full phone', () => {
    expect(shownPhone('996700123456')).toBe('+996 700 *** 456');
  });

  it('distinguish a pushed report from one that was asked for', () => {
    expect(progressText({ status: 'delivered' }, false).text).toBe('delivered (the gateway pushed a report)');
    expect(progressText({ status: 'delivered' }, true).text).toBe(
      'delivered (no report came, so the gateway was asked)',
    );
  });

  it('say why a message was not delivered', () => {
    expect(progressText({ status: 'undelivered', reason: 'not-delivered' }, false)).toMatchObject({ tone: 'bad' });
    expect(progressText({ status: 'rejected', reason: 'sender' }, false).text).toMatch(/sender name is not approved/);
    expect(progressText({ status: 'rejected', reason: 'stop-words' }, false).text).toMatch(/stop-words/);
  });

  it('align the columns of a table', () => {
    expect(tableLines(['a', 'long'], [['wide cell', 'x']], plain)).toEqual(['  a          long', '  wide cell  x']);
  });
});

describe('the summary of the demo', () => {
  it('has a line for every recipient', () => {
    expect(endingLines(STORED, plain)).toHaveLength(2);
    expect(endingLines(STORED, plain)[1]).toMatch(/\+996 555 \*\*\* 101 +order notice +delivered +a pushed report +1/);
  });

  it('finds no problem when all ended as expected and the bills agree', () => {
    expect(findProblems([MESSAGE], STORED, LEDGER)).toEqual([]);
    expect(billingLine(STORED, LEDGER)).toBe(
      'The gateway billed 1 SMS for 1.00 som. The database says the same, and no phone was sent the same text twice.',
    );
  });

  it.each<[string, Partial<StoredDemo>, Partial<typeof LEDGER>, RegExp]>([
    ['another ending', withEnding({ status: 'unknown', reason: 'deadline' }), {}, /ended unknown \(deadline\) by push/],
    ['another way to learn the status', withEnding({ learnedBy: 'poll' }), {}, /ended delivered by poll, not/],
    ['a recipient that is missing', { recipients: [] }, { sms: 0 }, /^0 recipients are stored, not 1$/],
    ['another bill', {}, { sms: 2 }, /billed another number of SMS/],
    ['a duplicate SMS', {}, { doubles: 1 }, /same text twice/],
    ['a code that was kept', { codeErased: false }, {}, /still in the database/],
  ])('names %s', (_what, stored, ledger, wrong) => {
    expect(findProblems([MESSAGE], { ...STORED, ...stored }, { ...LEDGER, ...ledger })).toEqual([
      expect.stringMatching(wrong),
    ]);
  });
});

describe('the command line of the demo', () => {
  it('takes --keep and --help, and names them for any other option', () => {
    expect(readDemoArguments([])).toEqual({ kind: 'run', keep: false });
    expect(readDemoArguments(['--keep'])).toEqual({ kind: 'run', keep: true });
    expect(readDemoArguments(['-h'])).toEqual({ kind: 'help' });
    expect(readDemoArguments(['--kep'])).toEqual({ kind: 'fault', fault: expect.stringContaining('--kep') });
  });
});

function withEnding(ending: Partial<StoredDemo['recipients'][number]['ending']>): Partial<StoredDemo> {
  return { recipients: STORED.recipients.map((one) => ({ ...one, ending: { ...one.ending, ...ending } })) };
}
