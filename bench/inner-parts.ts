import { dirname, extname } from 'node:path';

/**
 * Internal parts of the library. The floors read XML with the library's own reader, so that only the store makes the
 * difference; the curve measures single queries, for which there is no public method. They are imported from where the
 * package itself is, compiled or not, so that no module is loaded twice.
 */
const ENTRY = import.meta.resolve('nestjs-sms-pro');

async function part<T>(path: string): Promise<T> {
  return (await import(`${dirname(ENTRY)}/${path}${extname(ENTRY)}`)) as T;
}

// oxlint-disable eslint/no-restricted-imports -- the types of these parts
type Codec = typeof import('../libs/sms-pro/src/gateway/report-document.codec.js');
type Body = typeof import('../libs/sms-pro/src/reports/request-body.js');
type Claims = typeof import('../libs/sms-pro/src/store/packets/claim.store.js');
type Events = typeof import('../libs/sms-pro/src/store/events/event.store.js');
type Messages = typeof import('../libs/sms-pro/src/store/messages/message.store.js');
type Opening = typeof import('../libs/sms-pro/src/store/schema/open-data-source.js');
type Polls = typeof import('../libs/sms-pro/src/store/reports/poll.store.js');
type Reports = typeof import('../libs/sms-pro/src/store/reports/report.store.js');
type Settles = typeof import('../libs/sms-pro/src/store/packets/settle.store.js');
type Rows = typeof import('../libs/sms-pro/src/store/database/sms-pro.database.js');

export type ClaimedPackets = Awaited<ReturnType<InstanceType<Claims['ClaimStore']>['claimDue']>>;

export const { readReportDocument } = await part<Codec>('gateway/report-document.codec');
export const { readRequestBody } = await part<Body>('reports/request-body');
export const { ClaimStore } = await part<Claims>('store/packets/claim.store');
export const { EventStore } = await part<Events>('store/events/event.store');
export const { MessageStore } = await part<Messages>('store/messages/message.store');
export const { openDataSource } = await part<Opening>('store/schema/open-data-source');
export const { PollStore } = await part<Polls>('store/reports/poll.store');
export const { ReportStore } = await part<Reports>('store/reports/report.store');
export const { SettleStore } = await part<Settles>('store/packets/settle.store');
export const { SmsProDatabase } = await part<Rows>('store/database/sms-pro.database');
