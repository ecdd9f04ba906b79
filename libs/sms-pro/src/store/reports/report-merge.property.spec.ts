import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import type { ReportSource } from '../../message/sms-pro.events.js';
import type { RecipientStatus } from '../../message/recipient-status.js';
import { openDataSource } from '../schema/open-data-source.js';
import type { IncomingReport } from '../../message/incoming-report.js';
import { ReportStore } from './report.store.js';
import { SmsProDatabase } from '../database/sms-pro.database.js';
import { POLICY, TestStore } from '../store.fixture.js';
import { testDatabases } from '../../../../../test/support/test-databases.js';

const PHONES = ['996555000001', '996555000002', '996555000003'];
/** The codes of the document, two that it does not name, and one that is longer than any. */
const CODES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '42', '999'];
const RUNS = Number(process.env['SMS_PRO_PROPERTY_RUNS'] ?? 15);

/** What a code says, read from the document once more. Codes 6 and unknown ones say nothing. */
const STATUS_OF_CODE: Readonly<Record<string, RecipientStatus>> = {
  '0': 'accepted',
  '1': 'sent',
  '2': 'rejected',
  '3': 'delivered',
  '4': 'undelivered',
  '5': 'rejected',
  '7': 'unknown',
};

/** What may come after each status that a report can bring. */
const ENDS: readonly RecipientStatus[] = ['delivered', 'undelivered', 'rejected', 'unknown'];
const MAY_FOLLOW: Readonly<Partial<Record<RecipientStatus, readonly RecipientStatus[]>>> = {
  queued: ['accepted', 'sent', ...ENDS],
  accepted: ['sent', ...ENDS],
  sent: ENDS,
  unknown: ['delivered', 'undelivered'],
};

function mayFollow(before: RecipientStatus, next: RecipientStatus): boolean {
  return MAY_FOLLOW[before]?.includes(next) ?? false;
}

interface Batch {
  readonly source: ReportSource;
  readonly reports: readonly { readonly phone: string; readonly code: string }[];
}

const batch = fc.record<Batch>({
  source: fc.constantFrom<ReportSource>('push', 'poll', 'manual'),
  reports: fc.array(fc.record({ phone: fc.constantFrom(...PHONES), code: fc.constantFrom(...CODES) }), {
    minLength: 1,
    maxLength: 8,
  }),
});

/** Some of the batches come twice, and all in any order. */
const storm = fc.array(fc.tuple(batch, fc.boolean()), { minLength: 1, maxLength: 8 }).chain((batches) => {
  const all = batches.flatMap(([one, doubled]) => (doubled ? [one, one] : [one]));
  return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
});

const DATABASES = await testDatabases();

describe.each(DATABASES)('reports of any kind in any order, on $name', (database) => {
  let store: TestStore;
  /** The database as another process has it; on SQLite there is no other process. */
  let other: SmsProDatabase;
  let packets = 0;

  beforeAll(async () => {
    store = await TestStore.scratch(database);
    other =
      database.name === 'sqlite'
        ? store.database
        : new SmsProDatabase(await openDataSource(store.dataSource.options, false), 'default');
  });

  afterAll(async () => {
    if (other !== store.database) await other.close();
    await store.close();
  });

  const given = async (): Promise<string> => {
    packets += 1;
    const packetId = `a${String(packets).padStart(11, '0')}`;
    await store.given({ [packetId]: PHONES }, { messageId: packetId });
    await store.accept(await store.claimOne());
    return packetId;
  };

  const incoming = (packetId: string, { reports }: Batch): IncomingReport[] =>
    reports.map(({ phone, code }) => ({
      packetId,
      phone,
      code,
      sendTime: '20260115120000',
      rcvTime: '20260115120001',
      sentAt: 1,
      deliveredAt: 2,
    }));

  const audit = (packetId: string) =>
    store.rows('SELECT phone, code, source, applied FROM sms_pro_report WHERE packet_id = ? ORDER BY report_id', [
      packetId,
    ]);

  /** The statuses that the applied reports of the record lead to; throws where one goes back. */
  const replay = async (
    packetId: string,
    first: RecipientStatus = 'accepted',
  ): Promise<Map<string, RecipientStatus>> => {
    const statuses = new Map<string, RecipientStatus>(PHONES.map((phone) => [phone, first]));
    for (const row of await audit(packetId)) {
      const phone = String(row['phone']);
      const before = statuses.get(phone) ?? first;
      const next = STATUS_OF_CODE[String(row['code'])];
      const moves = next !== undefined && mayFollow(before, next);
      expect({ ...row, before, applied: Number(row['applied']) === 1 }).toEqual({ ...row, before, applied: moves });
      if (moves && next !== undefined) statuses.set(phone, next);
    }
    return statuses;
  };

  const statusesOf = async (packetId: string) =>
    new Map((await store.messages.find(packetId))?.recipients.map(({ phone, status }) => [phone, status]));

  const checkRest = async (packetId: string, batches: readonly Batch[]) => {
    // Every report is on record, with its source, also one that changed nothing.
    const brought = batches.flatMap(({ source, reports }) =>
      reports.map(({ phone, code }) => `${source} ${phone} ${code}`),
    );
    const kept = (await audit(packetId)).map((row) => `${row['source']} ${row['phone']} ${row['code']}`);
    expect(kept.toSorted()).toEqual(brought.toSorted());
    const completed = await store.rows(
      "SELECT event_id FROM sms_pro_event WHERE name = 'message.completed' AND message_id = ?",
      [packetId],
    );
    expect(completed).toHaveLength(
      [...(await statusesOf(packetId)).values()].every((status) => ENDS.includes(status)) ? 1 : 0,
    );
    await checkRecordedEvents(packetId);
  };

  /** What a subscriber hears of a phone never goes back either, and only what settles an unknown end is late. */
  const checkRecordedEvents = async (packetId: string) => {
    const told = await store.rows(
      'SELECT phone, detail FROM sms_pro_event WHERE packet_id = ? AND phone IS NOT NULL ORDER BY event_seq',
      [packetId],
    );
    const last = new Map<string, RecipientStatus>();
    for (const row of told) {
      const phone = String(row['phone']);
      const { status, late = false } = JSON.parse(String(row['detail'])) as { status: RecipientStatus; late?: boolean };
      const before = last.get(phone) ?? 'accepted';
      expect(mayFollow(before, status)).toBe(true);
      expect(late).toBe(before === 'unknown');
      last.set(phone, status);
    }
  };

  it('one batch after another: status never goes back, ends stay, and everything is on record', async () => {
    await fc.assert(
      fc.asyncProperty(storm, async (batches) => {
        const packetId = await given();
        for (const one of batches) await store.reports.apply(incoming(packetId, one), one.source, store.clock.now());
        expect(await statusesOf(packetId)).toEqual(await replay(packetId));
        await checkRest(packetId, batches);
      }),
      { numRuns: RUNS },
    );
  });

  it('all batches at once, by two processes: the same', async () => {
    const theirs = new ReportStore(other, POLICY);
    await fc.assert(
      fc.asyncProperty(storm, async (batches) => {
        const packetId = await given();
        await Promise.all(
          batches.map((one, at) =>
            (at % 2 === 0 ? store.reports : theirs).apply(incoming(packetId, one), one.source, store.clock.now()),
          ),
        );
        expect(await statusesOf(packetId)).toEqual(await replay(packetId));
        await checkRest(packetId, batches);
      }),
      { numRuns: RUNS },
    );
  });

  it('while the POST is still open: the answer that comes after them takes nothing back', async () => {
    await fc.assert(
      fc.asyncProperty(storm, async (batches) => {
        packets += 1;
        const packetId = `a${String(packets).padStart(11, '0')}`;
        await store.given({ [packetId]: PHONES }, { messageId: packetId });
        const packet = await store.claimOne();
        for (const one of batches) await store.reports.apply(incoming(packetId, one), one.source, store.clock.now());
        const open = await replay(packetId, 'queued');
        expect(await statusesOf(packetId)).toEqual(open);
        await store.accept(packet);
        const settled = [...open].map(([phone, status]) => [phone, status === 'queued' ? 'accepted' : status] as const);
        expect(await statusesOf(packetId)).toEqual(new Map(settled));
        await checkRest(packetId, batches);
        const [row] = await store.rows('SELECT state, smscnt, estimated FROM sms_pro_packet WHERE packet_id = ?', [
          packetId,
        ]);
        expect(row).toEqual({ state: 'accepted', smscnt: 1, estimated: 0 });
      }),
      { numRuns: RUNS },
    );
  });
});
