import { BadRequestException, type ValidationError } from '@nestjs/common';
import type { ErrorBody } from './error-body.js';

/** The faults found by `ValidationPipe`, in the same form as those found by the SMS module. */
export function requestIssues(errors: readonly ValidationError[]): BadRequestException {
  const issues = errors.flatMap(({ property, constraints = {} }) =>
    Object.entries(constraints).map(([rule, message]) => ({
      path: property,
      message: rule === 'whitelistValidation' ? 'is not a field of this request: see /docs' : message,
    })),
  );
  const body: ErrorBody = {
    statusCode: 400,
    error: 'Bad Request',
    message: 'The request has faults: see issues.',
    issues,
  };
  return new BadRequestException(body);
}
