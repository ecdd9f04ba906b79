export { SmsProModule, type SmsProModuleAsyncOptions, type SmsProModuleOptions } from './sms-pro.module.js';
export {
  getSmsProToken,
  InjectSmsPro,
  InjectSmsProBalance,
  InjectSmsProDispatch,
  InjectSmsProEvents,
  InjectSmsProGateway,
  InjectSmsProLookup,
  InjectSmsProReportIntake,
} from './sms-pro.tokens.js';

export type { SmsProOptions, SmsProOptionsFactory } from './options/sms-pro.options.js';
export type { SmsProLogger } from './options/sms-pro.logger.js';
export type { SmsProExtras } from './options/sms-pro.extras.js';
export type {
  SmsProConfirmSlot,
  SmsProScheduler,
  SmsProSchedulerContext,
  SmsProSchedulerFactory,
  SmsProTurn,
  SmsProWork,
} from './options/scheduler.js';

export { SmsProService, type SendOptions, type SmsReceipt } from './sending/sms-pro.service.js';
export type { SendSmsRequest } from './sending/send-sms.request.js';
export type { SmsRecipientStatus, SmsStatus } from './sending/sms-status.js';
export type { BulkOptions, BulkSource } from './sending/bulk-options.js';
export type { BulkProgress, BulkReceipt } from './sending/bulk-receipt.js';
export { SmsProBulkStoppedError, type BulkStoppedBy } from './sending/bulk-stopped.error.js';
export type { CampaignStatus } from './sending/campaigns.js';
export type { SmsEstimate } from './sending/sms-estimate.js';
export { SmsProWaitTimeoutError } from './sending/wait-timeout.error.js';
export type { CanceledCount } from './store/packets/message-cancel.store.js';
export { SmsProDispatch, type DispatchPause, type DispatchState } from './dispatch/sms-pro-dispatch.service.js';
export { SmsProBalanceService, type SmsProBalance } from './account/sms-pro-balance.service.js';
export { SmsProLookupService } from './account/sms-pro-lookup.service.js';
export { SmsProReportIntake, type ReportIntakeState, type TakenReports } from './reports/sms-pro-report-intake.js';

export {
  SmsProGateway,
  type GatewayAccount,
  type PacketReport,
  type PhoneLookup,
  type SentPacket,
} from './gateway/sms-pro.gateway.js';
export type { SendPacketRequest } from './gateway/message.codec.js';
export type { GatewayCallOptions } from './gateway/gateway-transport.js';

export { OnSmsPro, type OnSmsProOptions } from './events/on-sms-pro.decorator.js';
export { SmsProEvents, type FailedEvent, type FailedEventFilter } from './events/sms-pro-events.service.js';
export type {
  AccountPausedEvent,
  AccountResumedEvent,
  BalanceLowEvent,
  MessageCompletedEvent,
  PacketAcceptedEvent,
  PacketRejectedEvent,
  PacketUncertainEvent,
  ReportSource,
  ReportUnmatchedEvent,
  SmsProEvent,
  SmsProEventBase,
  SmsProEventMap,
  SmsProEventName,
  SmsProMessageEventBase,
} from './message/sms-pro.events.js';

export {
  SmsProConfigError,
  SmsProError,
  SmsProGatewayError,
  SmsProInputError,
  SmsProInvariantError,
  SmsProProtocolError,
  SmsProTransportError,
  type SmsProErrorCode,
  type SmsProGatewayCall,
  type SmsProIssue,
  type TransportFailure,
  type TransportFault,
  type TransportOutcome,
} from './errors/sms-pro.errors.js';

export { isFinal, RECIPIENT_STATUSES, type RecipientStatus, type StatusCounts } from './message/recipient-status.js';
export { CAMPAIGN_STATES, type CampaignState, type RejectedRequest } from './message/campaign.js';
export type { PauseReason, Reason } from './message/reason.js';
export { maskPhone } from './message/phone.js';
export { PRIORITIES, type Priority } from './message/priority.js';
export type { JsonValue } from './message/json-value.js';

export { SmsProAttemptEntity } from './store/schema/entities/attempt.entity.js';
export { SmsProEventEntity } from './store/schema/entities/event.entity.js';
export { SmsProMessageEntity } from './store/schema/entities/message.entity.js';
export { SmsProPacketEntity } from './store/schema/entities/packet.entity.js';
export { SmsProRecipientEntity } from './store/schema/entities/recipient.entity.js';
export { SmsProReportEntity } from './store/schema/entities/report.entity.js';
export { SMS_PRO_ENTITIES } from './store/schema/entities/sms-pro.entities.js';
export { SmsProStoreError } from './store/database/store-error.js';
export { SMS_PRO_MIGRATIONS } from './store/schema/migrations/sms-pro.migrations.js';
