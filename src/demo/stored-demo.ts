import { SMS_PRO_ENTITIES, type Reason, type RecipientStatus } from 'nestjs-sms-pro';
import { DataSource } from 'typeorm';
import type { Ending } from './demo.scenario.js';

/** One recipient, as it is stored. */
export interface StoredRecipient {
  readonly phone: string;
  readonly reference: string;
  readonly ending: Ending;
  /** SMS billed for this phone. */
  readonly sms: number;
}

/** What the database says about the demo. */
export interface StoredDemo {
  readonly recipients: readonly StoredRecipient[];
  /** Number of rows by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Whether the text of the sensitive message is erased. */
  readonly codeErased: boolean;
}

interface RecipientRow {
  readonly phone: string;
  readonly reference: string;
  readonly status: RecipientStatus;
  readonly reason: Reason | null;
  readonly source: 'push' | 'poll' | null;
  readonly sms: number | null;
}

/** A recipient without a status of its own has that of its packet. */
const RECIPIENTS = `
  SELECT r.phone, m.reference, COALESCE(r.status, p.state) AS status,
    CASE WHEN r.status IS NULL THEN p.reason ELSE r.reason END AS reason, p.billed / p.recipients AS sms,
    (SELECT source FROM sms_pro_report s
     WHERE s.packet_id = r.packet_id AND s.phone = r.phone AND s.applied = 1
     ORDER BY s.report_id DESC LIMIT 1) AS source
  FROM sms_pro_recipient r
  JOIN sms_pro_message m ON m.message_id = r.message_id
  JOIN sms_pro_packet p ON p.packet_id = r.packet_id
  ORDER BY m.created_at, m.message_id, r.position`;

const TABLES = ['message', 'packet', 'recipient', 'attempt', 'report', 'event'].map((noun) => `sms_pro_${noun}`);

/** Reads the demo's result from its file. Stop the service first: only one process may use a SQLite file. */
export async function readStoredDemo(file: string): Promise<StoredDemo> {
  const dataSource = new DataSource({ type: 'better-sqlite3', database: file, entities: SMS_PRO_ENTITIES });
  await dataSource.initialize();
  try {
    const recipients = await dataSource.query<RecipientRow[]>(RECIPIENTS);
    const kept = await dataSource.query<unknown[]>(
      'SELECT message_id FROM sms_pro_message WHERE is_sensitive = 1 AND text IS NOT NULL',
    );
    const rows: Record<string, number> = {};
    for (const table of TABLES) {
      const [row] = await dataSource.query<{ amount: number }[]>(`SELECT COUNT(*) AS amount FROM ${table}`);
      rows[table] = row?.amount ?? 0;
    }
    return { recipients: recipients.map(storedRecipient), rows, codeErased: kept.length === 0 };
  } finally {
    await dataSource.destroy();
  }
}

function storedRecipient({ phone, reference, status, reason, source, sms }: RecipientRow): StoredRecipient {
  return { phone, reference, ending: { status, reason, learnedBy: source ?? 'answer' }, sms: sms ?? 0 };
}
