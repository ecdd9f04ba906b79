import type { PendingDelivery } from '../../message/outbox-record.js';
import type { UnitOfWork } from '../database/unit-of-work.js';

/** Writes deliveries. One that exists came from an earlier lease of the same event, and stays as it is. */
export async function insertDeliveries(
  unit: UnitOfWork,
  deliveries: readonly PendingDelivery[],
  now: number,
): Promise<void> {
  for (const delivery of deliveries) {
    await unit.insertNew('sms_pro_delivery', {
      event_seq: delivery.seq,
      subscriber: delivery.subscriber,
      account: unit.account,
      order_key: delivery.orderKey,
      state: delivery.parked ? 'parked' : 'pending',
      attempts: delivery.attempts,
      due_at: delivery.dueAt,
      last_error: delivery.lastError,
      updated_at: now,
    });
  }
}
