import { SmsProInitial1700000000000 } from './1700000000000-initial.js';

/** The module's migrations, oldest first. New ones are only added: a released one never changes. */
export const SMS_PRO_MIGRATIONS = [SmsProInitial1700000000000];
