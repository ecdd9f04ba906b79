import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { phoneOf, TestBulk } from './bulk.fixture.js';

describe('a long source', () => {
  const AMOUNT = 40_000;
  /** The source held whole would be three times as much. */
  const MAX_BYTES = 40 * 1024 * 1024;

  /** Bytes that are in use, and not those that wait to be collected. */
  const heapInUse = () => {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    if (typeof collect === 'function') collect();
    return process.memoryUsage().heapUsed;
  };

  it('is never held: the heap stays where it is', async () => {
    const bulk = await TestBulk.open({ limits: { items: 1_000, recipients: 500, characters: 1_000_000 } });
    function* source() {
      for (let at = 0; at < AMOUNT; at += 1) {
        yield {
          to: phoneOf(at),
          text: 'Spring sale',
          metadata: { note: JSON.stringify({ at, words: 'x'.repeat(2_500) }) },
        };
      }
    }
    const before = heapInUse();
    let most = 0;
    const { recipients } = await bulk.send(source(), {
      onProgress: ({ consumed }) => {
        if (consumed % 4_000 === 0) most = Math.max(most, heapInUse() - before);
      },
    });
    expect(recipients).toBe(AMOUNT);
    expect(most).toBeLessThan(MAX_BYTES);
    await bulk.close();
  });
});
