import type { ValidationError } from 'class-validator';
import type { SmsProIssue } from '../errors/sms-pro.errors.js';

/** What is said of a field that nobody knows. */
export const UNKNOWN_FIELD = 'is not known here: check its spelling';

function messageOf(kind: string, text: string, property: string): string {
  if (kind === 'whitelistValidation') return UNKNOWN_FIELD;
  return text.startsWith(`${property} `) ? text.slice(property.length + 1) : text;
}

/** class-validator's findings as issues with a path; the first finding of each place is enough to mend it. */
export function issuesOf(errors: readonly ValidationError[], parent = ''): SmsProIssue[] {
  return errors.flatMap((error) => {
    const path = parent ? `${parent}.${error.property}` : error.property;
    const own = Object.entries(error.constraints ?? {})
      .slice(0, 1)
      .map(([kind, text]) => ({ path, message: messageOf(kind, text, error.property) }));
    return [...own, ...issuesOf(error.children ?? [], path)];
  });
}
