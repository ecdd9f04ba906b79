import { BalanceOptions } from './sections/balance.options.js';
import { DispatchOptions } from './sections/dispatch.options.js';
import { EventsOptions } from './sections/events.options.js';
import { HttpOptions } from './sections/http.options.js';
import { LookupOptions } from './sections/lookup.options.js';
import { PhonesOptions } from './sections/phones.options.js';
import { PollingOptions } from './sections/polling.options.js';
import { ReportsOptions } from './sections/reports.options.js';
import { RetentionOptions } from './sections/retention.options.js';

export {
  BalanceOptions,
  DispatchOptions,
  EventsOptions,
  HttpOptions,
  LookupOptions,
  PhonesOptions,
  PollingOptions,
  ReportsOptions,
  RetentionOptions,
};

/** The sections of the options by their keys. Each class has the defaults and the checks of its section. */
export const OPTION_SECTIONS = {
  dispatch: DispatchOptions,
  reports: ReportsOptions,
  polling: PollingOptions,
  balance: BalanceOptions,
  lookup: LookupOptions,
  events: EventsOptions,
  retention: RetentionOptions,
  phones: PhonesOptions,
  http: HttpOptions,
} as const;
