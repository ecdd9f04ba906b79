/** The resolved options of one module instance. */
export const SMS_PRO_OPTIONS = Symbol('sms-pro:options');
/** The structural extras of one module instance. */
export const SMS_PRO_EXTRAS = Symbol('sms-pro:extras');
/** The one clock of one module instance. */
export const SMS_PRO_CLOCK = Symbol('sms-pro:clock');
/** The scheduler of one module instance. */
export const SMS_PRO_SCHEDULER = Symbol('sms-pro:scheduler');
/** The HTTP client of one module instance. */
export const SMS_PRO_HTTP = Symbol('sms-pro:http');
