import { describe, expect, it } from '@jest/globals';
import { SmsProError, SmsProInvariantError, SmsProTransportError } from '../errors/sms-pro.errors.js';
import { logFailed, safeErrorText } from './sms-pro.logger.js';

const SECRET = 'text for 996555123456';

describe('safeErrorText', () => {
  it("shows the message of this package's errors, which has no secret", () => {
    const lost = new SmsProTransportError('dr', 'No answer.', { outcome: 'unknown', fault: 'timeout' });
    expect(safeErrorText(lost)).toBe('No answer.');
  });

  it('names a state that should be impossible, so that a bug can be found from the log alone', () => {
    const error = new SmsProInvariantError('No whole number in column deadline.');
    expect(safeErrorText(error)).toBe('No whole number in column deadline.');
    expect(error).toMatchObject({ code: 'INTERNAL', retryable: false, name: 'SmsProInvariantError' });
  });

  it('shows only the name and the code of any other error', () => {
    expect(safeErrorText(new TypeError(SECRET))).toBe('TypeError');
    expect(safeErrorText(Object.assign(new Error(SECRET), { code: 'ECONNRESET' }))).toBe('Error ECONNRESET');
    expect(safeErrorText(Object.assign(new Error(SECRET), { code: { text: SECRET } }))).toBe('Error');
  });

  it('does not trust the name of a foreign error', () => {
    expect(safeErrorText(Object.assign(new Error(SECRET), { name: 'SmsProInputError' }))).toBe('SmsProInputError');
  });

  it.each([SECRET, undefined, null, { message: SECRET }])('shows nothing of a value that is not an Error', (value) => {
    expect(safeErrorText(value)).toBe('a value that is not an Error was thrown');
  });
});

describe('logFailed', () => {
  const logged = (error: unknown): string[] => {
    const lines: string[] = [];
    logFailed(
      (text) => lines.push(text),
      error,
      (why) => `It failed: ${why}. It goes on.`,
    );
    return lines;
  };

  it('says what failed and what follows, as sentences', () => {
    const lost = new SmsProTransportError('dr', 'No answer.', { outcome: 'unknown', fault: 'timeout' });
    expect(logged(lost)).toEqual(['It failed: No answer. It goes on.']);
    expect(logged(new TypeError(SECRET))).toEqual(['It failed: TypeError. It goes on.']);
  });

  it('leaves a failure of the database to the store, which logs it once a second', () => {
    expect(logged(new SmsProError('The database failed.', { code: 'STORE', retryable: true }))).toEqual([]);
  });
});
