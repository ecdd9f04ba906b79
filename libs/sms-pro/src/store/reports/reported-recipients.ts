import { SmsProInvariantError } from '../../errors/sms-pro.errors.js';
import type { IncomingReport } from '../../message/incoming-report.js';
import { recipientOrderKey } from '../database/new-event.js';
import { reportedRecipient, type ReportedRecipient } from './reported-recipient.js';
import { text } from '../database/row-reader.js';
import { marks } from '../dialects/sql-statement.js';
import type { SqlRow, SqlSession } from '../database/sql-session.js';

/** How often rows that another transaction is moving are read again, at most. */
const MAX_READS = 20;

/** Ids in one IN list, at most. */
const MAX_IDS = 500;

/** The recipients that reports are about, by the id that the reports name. */
export class ReportedRecipients {
  private readonly known = new Map<string, ReportedRecipient>();

  /** The recipient of a report, or `undefined` if its id or phone is not ours. */
  of({ packetId, phone }: Pick<IncomingReport, 'packetId' | 'phone'>): ReportedRecipient | undefined {
    return this.known.get(keyOf(packetId, phone));
  }

  /** Adds the recipients of some root packets. */
  add(roots: ReadonlyMap<string, string>, packets: readonly SqlRow[], recipients: readonly SqlRow[]): void {
    const packetOf = new Map(packets.map((row) => [text(row, 'packet_id'), row]));
    const namesOf = new Map<string, string[]>();
    for (const [named, root] of roots) namesOf.set(root, [...(namesOf.get(root) ?? []), named]);
    for (const row of recipients) {
      const packet = packetOf.get(text(row, 'packet_id')) ?? {};
      // A document may name a phone under its old and its new id: both are the same recipient.
      const own = recipientOrderKey(text(row, 'root_packet_id'), text(row, 'phone'));
      const recipient = this.known.get(own) ?? reportedRecipient({ ...row, ...packet });
      this.known.set(own, recipient);
      for (const named of namesOf.get(recipient.rootPacketId) ?? []) {
        this.known.set(keyOf(named, recipient.phone), recipient);
      }
    }
  }
}

/**
 * Reads the recipients that reports are about; ids of split and replaced packets stay known. Each read is of one table,
 * by its keys: with a join PostgreSQL may choose a scan while its statistics are old.
 *
 * @param lock ends the read of the packets. Two reports of one packet, or a report and a settle, wait for each other
 * there, always in the same order, so that there is no deadlock.
 */
export async function reportedRecipients(
  session: SqlSession,
  account: string,
  reports: readonly IncomingReport[],
  lock: string,
): Promise<ReportedRecipients> {
  const found = new ReportedRecipients();
  const ids = [...new Set(reports.map((report) => report.packetId))].toSorted();
  for (let at = 0; at < ids.length; at += MAX_IDS) {
    const part = ids.slice(at, at + MAX_IDS);
    const named = await session.all(
      `SELECT packet_id, root_packet_id FROM sms_pro_packet WHERE account = ? AND packet_id IN (${marks(part.length)})`,
      [account, ...part],
    );
    if (named.length === 0) continue;
    const rootOf = new Map(named.map((row) => [text(row, 'packet_id'), text(row, 'root_packet_id')]));
    const roots = [...new Set(rootOf.values())].toSorted();
    const { packets, recipients } = await consistentRead(session, roots, lock);
    found.add(rootOf, packets, recipients);
  }
  return found;
}

/** The packets and recipients of some roots, as of one moment. */
async function consistentRead(
  session: SqlSession,
  roots: readonly string[],
  lock: string,
): Promise<{ readonly packets: readonly SqlRow[]; readonly recipients: readonly SqlRow[] }> {
  for (let left = MAX_READS; ; left -= 1) {
    const [packets, recipients] = await session.together([
      () =>
        session.all(
          `SELECT packet_id, state, held_status FROM sms_pro_packet WHERE root_packet_id IN (${marks(roots.length)})
           ORDER BY packet_id ${lock}`,
          roots,
        ),
      () =>
        session.all(
          `SELECT root_packet_id, packet_id, message_id, phone, status FROM sms_pro_recipient
           WHERE root_packet_id IN (${marks(roots.length)})`,
          roots,
        ),
    ]);
    const known = new Set(packets.map((row) => text(row, 'packet_id')));
    if (recipients.every((row) => known.has(text(row, 'packet_id')))) return { packets, recipients };
    // A read that waited for a packet's lock does not see the packet that replaced it meanwhile; the next read does.
    if (left === 0) throw new SmsProInvariantError('A recipient is in no packet.');
  }
}

function keyOf(packetId: string, phone: string): string {
  return `${packetId} ${phone}`;
}
