import { describe, expect, it } from '@jest/globals';
import { DEF_STATUS } from './def-status.js';
import { DR_STATUS } from './dr-status.js';
import { INFO_STATUS } from './info-status.js';
import { SEND_STATUS } from './send-status.js';
import { statusMeaning } from './status-tables.js';

const RETRYABLE = { message: ['9'], dr: ['4', '5'], def: [], info: [] } as const;
const TABLES = [
  ['message', SEND_STATUS, 11],
  ['dr', DR_STATUS, 5],
  ['def', DEF_STATUS, 4],
  ['info', INFO_STATUS, 3],
] as const;

describe.each(TABLES)('the statuses of %s', (call, table, last) => {
  it('has every code of the partner API and no other', () => {
    expect(Object.keys(table)).toEqual(Array.from({ length: last + 1 }, (_, code) => String(code)));
  });

  it('has a meaning and a hint for each', () => {
    const sentences = Object.keys(table).filter((status) => !/^[A-Z].{10,}\.$/.test(statusMeaning(call, status).hint));
    expect(sentences).toEqual([]);
  });

  it('says which of them can pass by themselves', () => {
    const retryable = Object.keys(table).filter((status) => statusMeaning(call, status).retryable);
    expect(retryable).toEqual([...RETRYABLE[call]]);
  });

  it.each(['12', '99', '-1', '00', 'toString', ''])('has a hint for the unknown code %j', (status) => {
    expect(statusMeaning(call, status)).toMatchObject({ retryable: true });
    expect(statusMeaning(call, status).hint).toContain('does not know the status');
  });
});

describe('the hint of a status', () => {
  it('reads the same code by the table of its call', () => {
    expect(statusMeaning('message', '3').hint).toContain('IP address');
    expect(statusMeaning('dr', '3').hint).toContain('IP address');
    expect(statusMeaning('info', '3').hint).toContain('IP address');
    expect(statusMeaning('def', '3').hint).toContain('phone number');
    expect(statusMeaning('message', '4').hint).toContain('Top up');
    expect(statusMeaning('dr', '4').hint).toContain('not yet');
    expect(statusMeaning('def', '4').hint).toContain('database');
  });

  it('says where to change the setting, and what a new account must know', () => {
    for (const status of ['2', '3', '4', '5', '7']) {
      expect(statusMeaning('message', status).hint).toContain('smspro.nikita.kg');
    }
    expect(statusMeaning('message', '4').hint).toContain('phone of its own profile');
    expect(statusMeaning('message', '7').hint).toContain('phone of its own profile');
  });

  it('has the reason of each refusal of the packet itself', () => {
    const reasons = Object.entries(SEND_STATUS).map(([status, row]) => [status, 'reason' in row ? row.reason : null]);
    expect(reasons.filter(([, reason]) => reason !== null)).toEqual([
      ['1', 'format'],
      ['5', 'sender'],
      ['6', 'stop-words'],
      ['7', 'phone'],
      ['8', 'time'],
    ]);
  });
});
