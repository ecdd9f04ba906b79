import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { testDatabases } from '../../../../../test/support/test-databases.js';
import { attempt, type TestStore } from '../store.fixture.js';
import { phonesRefused } from '../packets/settlement.fixture.js';
import { CAMPAIGN, TestCampaign } from './campaign.fixture.js';

const A = '996555000001';
const B = '996555000002';
const C = '996555000003';

describe.each(await testDatabases())('the counts of a campaign, on $name', (database) => {
  let campaign: TestCampaign;
  let store: TestStore;

  beforeEach(async () => {
    campaign = await TestCampaign.on(database);
    ({ store } = campaign);
  });

  afterEach(async () => {
    await campaign.close();
  });

  const now = () => campaign.now();

  it('misses nobody whose packet is replaced while they are counted', async () => {
    // The same phone again and again: each time in a packet of its own.
    const many = 250;
    await campaign.given(Object.fromEntries(Array.from({ length: many }, (_, at) => [`m${at}`, [A]])));
    for (const packet of await store.claim(many)) {
      await store.settles.settle(packet, phonesRefused(now()), attempt(now()), now());
    }
    const probed = await store.claim(many);
    // Between two parts of the count, where it is counted in parts: all of them, also those that were not yet counted.
    const read = store.database.read.bind(store.database);
    let reads = 0;
    jest.spyOn(store.database, 'read').mockImplementation(async (work) => {
      const answer = await read(work);
      reads += 1;
      if (reads === 2) {
        for (const packet of probed) {
          const parts = { kept: [], groups: [packet.phones] };
          await store.replace(packet, parts, now());
        }
      }
      return answer;
    });
    const { counts } = await store.campaigns.counts(CAMPAIGN);
    expect(Object.values(counts).reduce((sum, amount) => sum + amount, 0)).toBe(many);
  });

  it('counts recipients where they stand, and a test’s end at accepted', async () => {
    await campaign.given({ m1: [A], m2: [B] });
    const packet = await store.claimOne();
    await store.accept(packet);
    await store.report(packet.packetId, { [A]: '3' });
    await store.campaigns.begin('tests', null, now());
    await campaign.storeChunk([campaign.message('m3', [C], { test: true })], { campaignId: 'tests' });
    expect(await store.campaigns.counts('tests')).toMatchObject({ counts: { queued: 1 }, open: 1 });
    await store.accept(await store.claimOne());
    expect(await store.campaigns.counts(CAMPAIGN)).toMatchObject({ counts: { delivered: 1, accepted: 1 }, open: 1 });
    expect(await store.campaigns.counts('tests')).toMatchObject({ counts: { accepted: 1 }, open: 0 });
  });
});
