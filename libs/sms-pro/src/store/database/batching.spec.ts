import { describe, expect, it } from '@jest/globals';
import { Batching } from './batching.js';

/** Batches that end when the test says so. */
function given(atOnce: number, maxWeight = 100) {
  const batches: { readonly items: readonly number[]; readonly end: () => void }[] = [];
  const batching = new Batching<number, string>(
    async (items) => {
      await new Promise<void>((resolve) => {
        batches.push({ items, end: resolve });
      });
      if (items.includes(13)) throw new Error('13 fails');
      return items.map((item) => `done ${item}`);
    },
    { atOnce, maxWeight, weightOf: (item) => item },
  );
  const ended = async () => {
    // Whatever was begun has put itself into the list after a turn.
    for (let at = 0; at < batches.length; at += 1) {
      batches[at]?.end();
      await new Promise(setImmediate);
    }
  };
  return { batching, batches, ended, sizes: () => batches.map(({ items }) => items) };
}

describe('work that goes together', () => {
  it('nothing waits when nothing is under way; what comes meanwhile goes together', async () => {
    const { batching, ended, sizes } = given(1);
    const outputs = Promise.all([1, 2, 3].map((item) => batching.add(item)));
    expect(sizes()).toEqual([[1]]);
    await ended();
    expect(await outputs).toEqual(['done 1', 'done 2', 'done 3']);
    expect(sizes()).toEqual([[1], [2, 3]]);
  });

  it('no more batches at once, and none heavier, than allowed; a heavy item goes alone', async () => {
    const { batching, ended, sizes } = given(2, 10);
    const outputs = Promise.all([1, 2, 6, 4, 50, 3].map((item) => batching.add(item)));
    expect(sizes()).toEqual([[1], [2]]);
    await ended();
    await outputs;
    expect(sizes()).toEqual([[1], [2], [6, 4], [50], [3]]);
  });

  it('one that fails takes no other with it', async () => {
    const { batching, ended, sizes } = given(1);
    const outputs = Promise.allSettled([1, 2, 13, 3].map((item) => batching.add(item)));
    await ended();
    expect((await outputs).map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)))).toEqual([
      'done 1',
      'done 2',
      'Error: 13 fails',
      'done 3',
    ]);
    expect(sizes()).toEqual([[1], [2, 13, 3], [2], [13], [3]]);
  });
});
