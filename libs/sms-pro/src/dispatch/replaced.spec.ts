import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { answer, found, lost, notFound, notSent } from './scripted-gateway.fixture.js';
import { TestDispatch } from './worker.fixture.js';

const A = '996555000001';
const B = '996555000002';
const C = '996555000003';
const D = '996555000004';
const P = 'a00000000001';

describe('a packet that goes on under new ids', () => {
  let test: TestDispatch;

  beforeEach(async () => {
    test = await TestDispatch.open();
  });

  afterEach(async () => {
    await test.close();
  });

  const packets = () =>
    test.store.rows(
      'SELECT packet_id, state, replaces, recipients FROM sms_pro_packet ORDER BY created_at, replaces, packet_id',
    );
  const phonesOfPosts = () => test.posts.map(({ phones }) => phones.join());

  it('an id that belongs to another packet: ours goes on under a new one, and the old id stays known', async () => {
    test.onPost = [lost(), answer('0')];
    test.onProbe = [found('996999999999')];
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(5_000);
    expect(test.posts.map(({ id }) => id === P)).toEqual([true, false]);
    expect(await test.store.state(P)).toBe('split');
    expect(await test.store.statuses()).toEqual([`${A} accepted`]);
    expect((await test.store.report(P, { [A]: '3' })).matched).toBe(1);
    expect(await test.store.statuses()).toEqual([`${A} delivered`]);
  });

  it('10 after a read refusal: the refusal used the id up, and ten minutes later a new one is taken', async () => {
    test.onPost = [answer('2'), answer('10'), answer('0')];
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(60_000, 5_000);
    expect(test.posts).toHaveLength(2);
    await test.pass(1_500_000, 10_000);
    expect(test.posts).toHaveLength(3);
    expect(test.posts[2]?.id).not.toBe(P);
    expect(await test.store.statuses()).toEqual([`${A} accepted`]);
  });

  it('7 that names a phone: it goes alone, the rest in halves, and only the bad one is rejected', async () => {
    const phones = [1, 2, 3, 4, 5].map((at) => `99655500000${at}`);
    const [bad = ''] = phones;
    test.onPost = [
      (request) =>
        request.phones.includes(bad)
          ? answer('7', { message: `wrong number +996 (555) 000-001` })(request)
          : answer('0')(request),
    ];
    await test.store.given({ [P]: phones });
    await test.run();
    await test.pass(120_000, 1_000);
    const statuses = await test.store.statuses();
    expect(statuses).toEqual([`${bad} rejected`, ...phones.slice(1).map((phone) => `${phone} accepted`)]);
    expect(phonesOfPosts().slice(1).toSorted()).toEqual(
      [bad, phones.slice(1, 3).join(), phones.slice(3).join()].toSorted(),
    );
    expect((await test.store.recordedEvents()).filter((name) => name === 'message.completed')).toEqual([]);
  });

  it('7 that names nobody: one bad phone among n costs at most 2 log2 n packets', async () => {
    test = await test.reopen({ repeatAfterMs: 1_000, uncertainDelayMs: 1_000 });
    const phones = Array.from({ length: 50 }, (_, at) => `9965550000${String(at).padStart(2, '0')}`);
    const bad = phones[17] ?? '';
    test.onPost = [(request) => answer(request.phones.includes(bad) ? '7' : '0')(request)];
    await test.store.given({ [P]: phones });
    await test.run();
    await test.pass(180_000, 1_000);
    const statuses = await test.store.statuses();
    expect(statuses.filter((line) => line.endsWith('accepted'))).toHaveLength(49);
    expect(statuses).toContain(`${bad} rejected`);
    expect(test.posts.length - 1).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(50)));
  });

  it('7 with some phones taken: those are accepted, and only the others go on', async () => {
    test.onPost = [answer('7'), answer('0')];
    test.onProbe = [(packetId) => (packetId === P ? found(A)() : notFound())];
    await test.store.given({ [P]: [A, B] });
    await test.run();
    await test.pass(60_000);
    expect(phonesOfPosts()).toEqual([`${A},${B}`, B]);
    expect(await test.store.statuses()).toEqual([`${A} sent`, `${B} accepted`]);
    expect(await packets()).toMatchObject([
      { packet_id: P, state: 'accepted', recipients: 1 },
      { state: 'accepted', replaces: P, recipients: 1 },
    ]);
  });

  it('a push that comes while the gateway is asked keeps its phone out of the split', async () => {
    test.onPost = [answer('7'), answer('0')];
    let asked = 0;
    test.onProbe = [
      async (packetId) => {
        asked += 1;
        // The probe that would permit the split: its answer was on the way when the report came.
        if (packetId === P && asked === 3) await test.store.report(P, { [B]: '3' });
        return notFound();
      },
    ];
    await test.store.given({ [P]: [A, B, C, D] });
    await test.run();
    await test.pass(60_000);
    const sentAgain = test.posts.slice(1).flatMap(({ phones }) => phones);
    expect(sentAgain.toSorted()).toEqual([A, C, D]);
    expect(await test.store.statuses()).toEqual([`${A} accepted`, `${B} delivered`, `${C} accepted`, `${D} accepted`]);
    for (const { id, phones } of test.posts.slice(1)) {
      await test.store.report(id, Object.fromEntries(phones.map((phone) => [phone, '3'])));
    }
    expect((await test.store.recordedEvents()).filter((name) => name === 'message.completed')).toHaveLength(1);
  });

  it('a report under the old id takes its phone out of the new packet while that is queued', async () => {
    test.onPost = [lost()];
    await test.store.given({ [P]: [A, B] });
    await test.run();
    test.store.clock.advance(5_000);
    const uncertain = await test.store.claimOne();
    const now = test.store.clock.now();
    await test.store.replace(uncertain, { kept: [], groups: [[A, B]] }, now);
    await test.store.report(P, { [A]: '3' });
    expect(await test.store.statuses()).toEqual([`${A} delivered`, `${B} queued`]);
    test.onPost = [answer('0')];
    await test.run();
    expect(phonesOfPosts()).toEqual([`${A},${B}`, B]);
    await test.store.report(test.posts[1]?.id ?? '', { [B]: '3' });
    expect((await test.store.recordedEvents()).filter((name) => name === 'message.completed')).toHaveLength(1);
  });

  it('a report under the old id does not prove that the new packet was taken', async () => {
    test.onPost = [lost()];
    await test.store.given({ [P]: [A, B] });
    await test.run();
    test.store.clock.advance(5_000);
    const uncertain = await test.store.claimOne();
    const now = test.store.clock.now();
    await test.store.replace(uncertain, { kept: [], groups: [[A, B]] }, now);
    await test.run();
    await test.store.report(P, { [A]: '3' });
    expect(await test.store.statuses()).toEqual([`${A} delivered`, `${B} queued`]);
    expect(await test.store.state(test.posts[1]?.id ?? '')).toBe('uncertain');
  });

  it('a report under the old id proves nothing of a new packet that is uncertain', async () => {
    test.onPost = [answer('7'), lost(), lost(), answer('0')];
    await test.store.given({ [P]: [A, B, C, D] });
    await test.run();
    await test.pass(36_000);
    const [, first] = test.posts;
    const [one = '', other = ''] = first?.phones ?? [];
    await test.store.report(P, { [one]: '3' });
    await test.pass(20_000);
    expect(await test.store.state(first?.id ?? '')).toBe('uncertain');
    expect(await test.store.statuses()).toContain(`${other} queued`);
  });

  it('a phone that was taken under the old id while its new packet was on its way is not sent to again', async () => {
    test = await test.reopen({ concurrency: 1 });
    let attempts = 0;
    test.onPost = [
      answer('7'),
      async (request) => {
        attempts += 1;
        if (attempts > 1) return answer('0')(request);
        await test.store.report(P, { [request.phones[0] ?? '']: '3' });
        return notSent()();
      },
    ];
    await test.store.given({ [P]: [A, B, C, D] });
    await test.run();
    await test.pass(90_000);
    const [, first, ...later] = test.posts;
    const [taken = ''] = first?.phones ?? [];
    expect(later.flatMap(({ phones }) => phones).toSorted()).toEqual([A, B, C, D].filter((phone) => phone !== taken));
    for (const { id, phones } of later) {
      await test.store.report(id, Object.fromEntries(phones.map((phone) => [phone, '3'])));
    }
    expect((await test.store.messages.find('message-1'))?.recipients.map(({ status }) => status)).toEqual(
      Array.from({ length: 4 }, () => 'delivered'),
    );
    expect((await test.store.recordedEvents()).filter((name) => name === 'message.completed')).toHaveLength(1);
  });
});
