import { createRequire } from 'node:module';
import { join } from 'node:path';

/** How another counter reads a text. */
export interface CountedByOther {
  readonly gsm7: boolean;
  readonly segments: number;
}

const load = createRequire(join(process.cwd(), 'package.json'));

function call(library: string, method: string, text: string): Record<string, unknown> {
  const exported: unknown = load(library);
  const found: unknown = typeof exported === 'object' && exported !== null ? Reflect.get(exported, method) : undefined;
  const result: unknown = typeof found === 'function' ? Reflect.apply(found, undefined, [text]) : undefined;
  if (typeof result !== 'object' || result === null) {
    throw new Error(`${library} has no ${method}()`);
  }
  return { ...result };
}

/** Counts with the package split-sms. */
export function countWithSplitSms(text: string): CountedByOther {
  const { characterSet, parts } = call('split-sms', 'split', text);
  return { gsm7: characterSet === 'GSM', segments: Array.isArray(parts) ? parts.length : 0 };
}

/** Counts with the package @trt2/gsm-charset-utils. */
export function countWithGsmCharsetUtils(text: string): CountedByOther {
  const { encoding, msgCount } = call('@trt2/gsm-charset-utils', 'getCharCount', text);
  return { gsm7: encoding === 'GSM', segments: Number(msgCount) };
}
