import { IsBoolean, IsDate, IsIn, IsNotEmpty, IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import type { JsonValue } from '../message/json-value.js';
import { PRIORITIES, type Priority } from '../message/priority.js';

/** What `send()` takes. */
export interface SendSmsRequest {
  /** One phone or several: `996555123456`, `+996 555 12-34-56` or `0555 123 456`. Doubles are sent once. */
  to: string | readonly string[];
  /** Up to 800 characters. */
  text: string;
  /** Approved sender name. @default the `sender` of the options */
  sender?: string | undefined;
  /** When to send; a past instant means at once. It is kept here: the gateway has no cancel. @default at once */
  sendAt?: Date | undefined;
  /** Not sent after this instant: the recipients end as `expired`. @default `dispatch.maxAgeMs` after it was due */
  validUntil?: Date | undefined;
  /** `high` for one-time codes, `low` for campaigns. @default 'normal' */
  priority?: Priority | undefined;
  /** The same key with the same request gives the first receipt back and sends nothing. At most 255 characters. */
  idempotencyKey?: string | undefined;
  /** Your own id of the matter, returned in every event. At most 255 characters. */
  reference?: string | undefined;
  /** Your own data, returned in every event. At most 8 kB as JSON. */
  metadata?: Readonly<Record<string, JsonValue>> | undefined;
  /** Checked by the gateway, neither sent nor billed. @default the `test` of the options */
  test?: boolean | undefined;
  /** The text is erased as soon as no packet needs it any more: for one-time codes. @default false */
  sensitive?: boolean | undefined;
}

/** The shape of a request, as class-validator checks it. What a phone, a sender or a text may be is checked beside it. */
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
  @IsNotEmpty({ message: 'must not be empty: leave it out, or give a key' })
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
