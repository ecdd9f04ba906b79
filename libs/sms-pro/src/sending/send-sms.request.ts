import { IsBoolean, IsDate, IsIn, IsNotEmpty, IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import type { JsonValue } from '../message/json-value.js';
import { PRIORITIES, type Priority } from '../message/priority.js';

/** One message to send: the request of `send()`, and each item of `sendBulk()`. */
export interface SendSmsRequest {
  /**
   * One phone or several: `996555123456`, `+996 555 12-34-56` or `0555 123 456`. A phone that is given twice gets the
   * message once.
   */
  to: string | readonly string[];
  /** 1 to 800 characters (UTF-16 units). */
  text: string;
  /** A sender name that the gateway has approved. @default the `sender` of the options */
  sender?: string | undefined;
  /**
   * When to send; a past instant means at once. Until then the message waits in the database, where it can be canceled:
   * the gateway has no cancel. @default at once
   */
  sendAt?: Date | undefined;
  /**
   * The message is not sent after this instant: its recipients end as `expired`. Must be in the future and after
   * `sendAt`. @default `dispatch.maxAgeMs` after it is due, which is also the maximum
   */
  validUntil?: Date | undefined;
  /** `high` for one-time codes, `low` for campaigns. @default 'normal'; in `sendBulk()` 'low' */
  priority?: Priority | undefined;
  /**
   * With the same key and the same request, `send()` returns the first receipt and sends nothing; another request under
   * the key is an `IDEMPOTENCY_CONFLICT`. 1 to 255 characters. @default none
   */
  idempotencyKey?: string | undefined;
  /** An id of your own, such as that of an order; returned in every event. At most 255 characters. */
  reference?: string | undefined;
  /** Data of your own, returned in every event. At most 8,192 bytes as JSON. */
  metadata?: Readonly<Record<string, JsonValue>> | undefined;
  /** The gateway checks the message, but neither sends nor bills it. Always `true` if the option `test` is. @default false */
  test?: boolean | undefined;
  /** Erases the text as soon as no packet needs it any more: for one-time codes. @default false */
  sensitive?: boolean | undefined;
}

/** The shape of a request, as class-validator checks it. Phones, sender and text are checked separately. */
export class SendSmsShape {
  @IsNotEmpty({ message: 'is missing: give one phone or a list of phones' })
  to!: unknown;

  @IsString({ message: 'must be a string' })
  text!: unknown;

  @IsOptional()
  @IsString({ message: 'must be a string' })
  sender?: unknown;

  @IsOptional()
  @IsDate({ message: 'must be a valid Date' })
  sendAt?: unknown;

  @IsOptional()
  @IsDate({ message: 'must be a valid Date' })
  validUntil?: unknown;

  @IsOptional()
  @IsIn(PRIORITIES, { message: `must be one of ${PRIORITIES.join(', ')}` })
  priority?: unknown;

  @IsOptional()
  @MaxLength(255, { message: 'must be at most 255 characters' })
  @IsNotEmpty({ message: 'must not be empty: give a key, or leave it out' })
  @IsString({ message: 'must be a string' })
  idempotencyKey?: unknown;

  @IsOptional()
  @MaxLength(255, { message: 'must be at most 255 characters' })
  @IsString({ message: 'must be a string' })
  reference?: unknown;

  @IsOptional()
  @IsObject({ message: 'must be a plain object' })
  metadata?: unknown;

  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  test?: unknown;

  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  sensitive?: unknown;
}
