import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { senderFault } from './sender.js';

describe('senderFault', () => {
  it.each([['My-company'], ['SMS.kg'], ['a'], ['ABCDEFGHIJK'], ['1'], ['12345678901234']])('takes %j', (sender) => {
    expect(senderFault(sender)).toBeNull();
  });

  it.each([
    ['', 'is empty'],
    ['ABCDEFGHIJKL', 'has 12 characters'],
    ['123456789012345', 'has 15 characters'],
    ['12345678901A', 'has 12 characters'],
    ['My company', 'has a character that is not allowed'],
    ['Мой', 'has a character that is not allowed'],
    ['A_B', 'has a character that is not allowed'],
  ])('refuses %j', (sender, fault) => {
    expect(senderFault(sender)).toBe(
      `${fault}, a sender is 1 to 11 Latin letters, digits, dots and dashes, or 1 to 14 digits`,
    );
  });

  it('takes exactly what the partner API allows', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z0-9.-]{0,16}$/)), (sender) => {
        const allowed = /^(?:[A-Za-z0-9.-]{1,11}|[0-9]{1,14})$/.test(sender) && !sender.endsWith('\n');
        expect(senderFault(sender) === null).toBe(allowed);
      }),
    );
  });
});
