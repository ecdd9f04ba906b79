import { createHash } from 'node:crypto';
import { SmsProInputError } from '../errors/sms-pro.errors.js';
import { textDigest } from './fingerprint.js';

function field(item: unknown, name: string): unknown {
  return typeof item === 'object' && item !== null ? Reflect.get(item, name) : undefined;
}

/**
 * What the items of a source are compared by when it is read again: whom they go to, with what text, sender and test.
 * Instants are left out: a source that counts them from now would never be the same again.
 */
function lineOf(item: unknown, digestKey: string): string {
  if (item instanceof SmsProInputError) return JSON.stringify(item.issues);
  const text = field(item, 'text');
  const isSecret = field(item, 'sensitive') === true && typeof text === 'string';
  const shown = isSecret ? textDigest(text, digestKey) : text;
  try {
    return JSON.stringify([field(item, 'to'), shown, field(item, 'sender'), field(item, 'test')]);
  } catch {
    // No request, whatever it is: rejected now and then.
    return '';
  }
}

/** The digest of a source so far, so that a run that resumes knows whether it reads the same one. */
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
