import { describe, expect, it } from '@jest/globals';
import { ipMatcher, ipRangeFault } from './ip-range.js';

describe('address ranges', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['203.0.113.0/24', '::ffff:203.0.113.9', true],
    ['2001:db8::/32', '2001:db8:1::1', true],
    ['2001:db8::/32', '2001:db9::1', false],
    ['0.0.0.0/0', '198.51.100.1', true],
    ['203.0.113.7', 'nonsense', false],
    ['203.0.113.7', '', false],
  ])('%s holds %s: %s', (range, address, holds) => {
    expect(ipMatcher([range])(address)).toBe(holds);
  });

  it.each(['', 'localhost', '10.0.0.0/33', '10.0.0/8', '::/129', '10.0.0.0/8/8', '10.0.0.0/x'])(
    '%p is no range',
    (text) => {
      expect(ipRangeFault(text)).toMatch(/CIDR/);
    },
  );
});
