import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { HeldRefusal } from './held-refusal.js';

const SENDER = HeldRefusal.of('5');
const PHONES = HeldRefusal.of('7');
const ID_REPEATS = HeldRefusal.of('10');
const NEW_STATUS = HeldRefusal.once('77');
const USED_UP = HeldRefusal.ID_USED_UP;

describe('a held refusal in a row', () => {
  it.each([
    ['a refusal', SENDER, '5'],
    ['a refusal of some phones', PHONES, '7'],
    ['a repeated id', ID_REPEATS, '10'],
    ['a status met for the first time', NEW_STATUS, '?77'],
    ['an id that a refusal used up', USED_UP, '10!'],
  ])('%s is stored, and read as the same', (_what, held, stored) => {
    expect(held.toString()).toBe(stored);
    expect(HeldRefusal.parse(stored)).toEqual(held);
  });

  it('keeps every status, and whether it was met once', () => {
    fc.assert(
      fc.property(fc.integer(), fc.boolean(), (status, isNew) => {
        const held = isNew ? HeldRefusal.once(`${status}`) : HeldRefusal.of(`${status}`);
        expect(HeldRefusal.parse(held.toString())).toEqual(held);
        expect(held.status).toBe(`${status}`);
      }),
    );
  });
});

describe('what a held refusal permits', () => {
  it.each([
    ['a refusal may reject, and the packet may be sent again', SENDER, { mayReject: true }],
    ['a refusal of some phones may reject', PHONES, { isForPhones: true, forbidsRepeat: true, mayReject: true }],
    ['a repeated id only forbids the repeat', ID_REPEATS, { forbidsRepeat: true }],
    ['a status met for the first time decides nothing', NEW_STATUS, {}],
    ['an id that a refusal used up is not sent under again', USED_UP, { isIdUsedUp: true, forbidsRepeat: true }],
  ])('%s', (_what, held, permitted) => {
    const { isIdUsedUp, isForPhones, forbidsRepeat, mayReject } = held;
    expect({ isIdUsedUp, isForPhones, forbidsRepeat, mayReject }).toEqual({
      isIdUsedUp: false,
      isForPhones: false,
      forbidsRepeat: false,
      mayReject: false,
      ...permitted,
    });
  });

  it('is the same after it was stored', () => {
    for (const held of [SENDER, PHONES, ID_REPEATS, NEW_STATUS, USED_UP]) {
      const read = HeldRefusal.parse(held.toString());
      expect(read.isIdUsedUp).toBe(held.isIdUsedUp);
      expect(read.isForPhones).toBe(held.isForPhones);
      expect(read.forbidsRepeat).toBe(held.forbidsRepeat);
      expect(read.mayReject).toBe(held.mayReject);
    }
  });

  it('only a status met for the first time waits for its second time', () => {
    expect(NEW_STATUS.isFirstOf('77')).toBe(true);
    expect(NEW_STATUS.isFirstOf('78')).toBe(false);
    expect(HeldRefusal.of('77').isFirstOf('77')).toBe(false);
    expect(USED_UP.isFirstOf('10')).toBe(false);
  });
});
