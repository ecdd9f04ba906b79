import type { ValidationError } from 'class-validator';
import type { SmsProIssue } from '../errors/sms-pro.errors.js';

/** The fault of a field that does not exist. */
export const UNKNOWN_FIELD = 'is not known here: check its spelling';

function messageOf(kind: string, text: string, property: string): string {
  if (kind === 'whitelistValidation') return UNKNOWN_FIELD;
  return text.startsWith(`${property} `) ? text.slice(property.length + 1) : text;
}

/** Turns errors of class-validator into issues. Only the first error of each field is kept. */
export function issuesOf(errors: readonly ValidationError[], parent = ''): SmsProIssue[] {
  return errors.flatMap((error) => {
    const path = parent ? `${parent}.${error.property}` : error.property;
    const own = Object.entries(error.constraints ?? {})
      .slice(0, 1)
      .map(([kind, text]) => ({ path, message: messageOf(kind, text, error.property) }));
    return [...own, ...issuesOf(error.children ?? [], path)];
  });
}
