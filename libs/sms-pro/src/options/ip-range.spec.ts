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
    ['203.0.113.0/24', '::ffff:cb00:7109', true],
    ['203.0.113.0/24', '::ffff:198.51.100.1', false],
    ['203.0.113.99/24', '203.0.113.1', true],
    ['203.0.113.0/31', '203.0.113.1', true],
    ['203.0.113.0/31', '203.0.113.2', false],
    ['::ffff:203.0.113.0/120', '203.0.113.9', true],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['2001:DB8::1', '2001:0db8:0:0:0:0:0:1', true],
    ['fe80::/10', 'fe80::1%eth0', true],
    ['0.0.0.0/0', '198.51.100.1', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['203.0.113.7', '203.0.113.7:1234', false],
    ['203.0.113.7', '203.0.113.7, 203.0.113.7', false],
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
