import { SmsProInvariantError } from '../../errors/sms-pro.errors.js';
import type { SqlConnection } from './sql-connection.js';
import { COMMIT, guarded, isRefused, SmsProStoreError } from './store-error.js';
import type { UnitOfWork } from './unit-of-work.js';

/** Ends a transaction. On a connection that pipelines, what is left to write and the COMMIT are sent together. */
export async function writeAndCommit(unit: UnitOfWork, connection: SqlConnection): Promise<void> {
  const commit = () => guarded(() => connection.commit(), COMMIT);
  if (!connection.pipelines) {
    await unit.flush();
    await commit();
    return;
  }
  const [written, committed] = await Promise.allSettled([unit.flush(), commit()]);
  // A statement that the server refused makes the COMMIT behind it a ROLLBACK. If the connection broke instead, it is
  // unknown how far the server came.
  if (committed.status === 'rejected') {
    throw written.status === 'rejected' && isRefused(written.reason) ? written.reason : committed.reason;
  }
  if (written.status === 'fulfilled' && committed.value) return;
  const fault: unknown =
    written.status === 'rejected' ? written.reason : new SmsProInvariantError('PostgreSQL rolled back at COMMIT.');
  // If a statement never reached the server, the others were committed without it.
  throw committed.value ? new SmsProStoreError(fault, COMMIT) : fault;
}
