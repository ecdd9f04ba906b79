import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testDatabases } from '../../../../../test/support/test-databases.js';
import { attempt, type TestStore } from '../store.fixture.js';
import { answerLost, notSent } from '../packets/settlement.fixture.js';
import { CAMPAIGN, TestCampaign } from './campaign.fixture.js';

const A = '996555000001';
const B = '996555000002';
const C = '996555000003';

describe.each(await testDatabases())('a campaign that is canceled, on $name', (database) => {
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

  const cancelAll = async () => {
    const steps: number[] = [];
    for (let before = 0; ;) {
      if (await store.campaignCancels.cancelSome(CAMPAIGN, now())) return steps;
      const canceled = await store.campaignCancels.countCanceled(CAMPAIGN);
      steps.push(canceled - before);
      before = canceled;
    }
  };

  it('ends what is queued in bounded steps, each message once', async () => {
    const phones = Array.from({ length: 1_050 }, (_, at) => `99655${String(at).padStart(7, '0')}`);
    await campaign.given(Object.fromEntries(phones.map((phone, at) => [`m${at}`, [phone]])));
    expect(await store.campaignCancels.close(CAMPAIGN, now())).toBe(true);
    expect(await cancelAll()).toEqual([500, 500, 50]);
    expect(await campaign.completed()).toHaveLength(1_050);
    expect(await store.campaigns.counts(CAMPAIGN)).toMatchObject({ counts: { canceled: 1_050 }, open: 0 });
    expect(await campaign.find()).toMatchObject({ state: 'canceled', canceledAt: new Date(now()) });
  });

  it('does not repeat what is on its way, which ends canceled if it was never sent', async () => {
    await campaign.given({ m1: [A], m2: [B] });
    const packet = await store.claimOne();
    await store.campaignCancels.close(CAMPAIGN, now());
    // One step marks it, and the next finds nothing.
    expect(await cancelAll()).toEqual([0]);
    expect(await store.campaignCancels.countTooLate(CAMPAIGN)).toBe(2);
    await store.settles.settle(packet, notSent(), attempt(now()), now());
    expect(await store.statuses('m2')).toEqual([`${B} canceled`]);
  });

  it('sends nothing more from the moment it is canceled, however long it takes to end what waits', async () => {
    await campaign.given({ m1: [A], m2: [B] });
    await campaign.given({ m3: [C] }, { text: 'Another' });
    const returned = await store.claimOne();
    await store.campaignCancels.close(CAMPAIGN, now());
    // Not one step further: the process may have died here.
    await store.settles.settle(returned, notSent(), attempt(now()), now());
    expect(await store.statuses('m1')).toEqual([`${A} canceled`]);
  });

  it('a packet of it that a worker takes up is known to be canceled, and not repeated', async () => {
    await campaign.given({ m1: [A] });
    await store.campaignCancels.close(CAMPAIGN, now());
    const packet = await store.claimOne();
    expect(packet.cancelRequested).toBe(true);
    await store.settles.settle(packet, answerLost(now()), attempt(now()), now());
    expect(await store.claims.beginRepeat(await store.claimOne(), now(), 60_000)).toBeNull();
  });

  it('of nobody is not known', async () => {
    expect(await store.campaignCancels.close('another', now())).toBe(false);
  });
});
