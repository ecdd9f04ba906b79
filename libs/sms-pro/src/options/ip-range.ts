import { BlockList, isIP, isIPv6 } from 'node:net';

interface IpRange {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

function parseRange(text: string): IpRange | null {
  const [address = '', bits, ...rest] = text.trim().split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return null;
  const maxPrefix = version === 4 ? 32 : 128;
  if (bits !== undefined && !/^\d{1,3}$/.test(bits)) return null;
  const prefix = bits === undefined ? maxPrefix : Number(bits);
  return prefix <= maxPrefix ? { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' } : null;
}

/** The fault of an address or CIDR range, as a sentence fragment; `null` if it is valid. */
export function ipRangeFault(text: string): string | null {
  return parseRange(text) === null ? 'must be an IPv4 or IPv6 address or CIDR range such as "203.0.113.0/24"' : null;
}

/** Makes a check whether an address is in one of the ranges. An IPv4-mapped IPv6 address counts as its IPv4 address. */
export function ipMatcher(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const text of ranges) {
    const range = parseRange(text);
    if (range) list.addSubnet(range.address, range.prefix, range.family);
  }
  return (address) => {
    const plain = address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
    return isIP(plain) !== 0 && list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
  };
}
