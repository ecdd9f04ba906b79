/** The resolved options of one module instance. */
export const SMS_PRO_OPTIONS = Symbol('sms-pro:options');
/** The extras of one module instance. */
export const SMS_PRO_EXTRAS = Symbol('sms-pro:extras');
