import { XMLBuilder } from 'fast-xml-parser';
import type { SmsProIssue } from '../errors/sms-pro.errors.js';
import { SmsProInputError } from '../errors/sms-pro.errors.js';
import { forbiddenCharacterFault } from '../message/text.js';

/** The child elements of a request, in order: each a text, or an element with a list of texts, such as `phones`. */
export type XmlFields = Readonly<Record<string, string | Readonly<Record<string, readonly string[]>>>>;

/** How the root of a request is written. */
export interface WriteXmlOptions {
  /** Default namespace of the root element. Only `def` and `info` have one. */
  readonly namespace?: string;
}

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@' });

/**
 * Writes a request as UTF-8, escaped.
 *
 * @throws SmsProInputError that lists every field with a character that XML forbids: the gateway could not read it
 */
export function writeXml(root: string, fields: XmlFields, options: WriteXmlOptions = {}): Buffer {
  refuseForbidden(fields);
  const attributes = options.namespace === undefined ? {} : { '@xmlns': options.namespace };
  const xml = builder.build({
    '?xml': { '@version': '1.0', '@encoding': 'UTF-8' },
    [root]: { ...attributes, ...fields },
  });
  return Buffer.from(xml, 'utf8');
}

function refuseForbidden(fields: XmlFields): void {
  const issues: SmsProIssue[] = [];
  const check = (path: string, value: string): void => {
    const message = forbiddenCharacterFault(value);
    if (message !== null) {
      issues.push({ path, message });
    }
  };
  for (const [name, field] of Object.entries(fields)) {
    if (typeof field === 'string') {
      check(name, field);
      continue;
    }
    for (const list of Object.values(field)) {
      list.forEach((value, index) => check(`${name}[${index}]`, value));
    }
  }
  if (issues.length > 0) {
    throw new SmsProInputError(issues);
  }
}
