import { createHash } from 'node:crypto';
import { SmsProInputError } from '../errors/sms-pro.errors.js';
import { textDigest } from './fingerprint.js';

function field(item: unknown, name: string): unknown {
  return typeof item === 'object' && item !== null ? Reflect.get(item, name) : undefined;
}

/**
 * What an item is compared by when its source is read again: phones, text, sender and test. Instants are left out: a
 * source that computes them from the current time would never be the same again.
 */
function lineOf(item: unknown, digestKey: string): string {
  if (item instanceof SmsProInputError) return JSON.stringify(item.issues);
  const text = field(item, 'text');
  const isSecret = field(item, 'sensitive') === true && typeof text === 'string';
  const shown = isSecret ? textDigest(text, digestKey) : text;
  try {
    return JSON.stringify([field(item, 'to'), shown, field(item, 'sender'), field(item, 'test')]);
  } catch {
    // It cannot be a request: it was rejected in the first run, and is rejected in this one.
    return '';
  }
}

/** The digest of the items read so far: a run that resumes compares it to see whether the source is the same. */
export class SourceDigest {
  private readonly hash = createHash('sha256');

  constructor(private readonly digestKey: string) {}

  add(item: unknown): void {
    this.hash.update(lineOf(item, this.digestKey)).update('\n');
  }

  /** Of all items so far. */
  value(): string {
    return this.hash.copy().digest('hex');
  }
}
