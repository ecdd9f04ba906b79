import { describe, expect, it } from '@jest/globals';
import { SmsProInvariantError, SmsProTransportError } from '../errors/sms-pro.errors.js';
import { safeErrorText } from './sms-pro.logger.js';

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
