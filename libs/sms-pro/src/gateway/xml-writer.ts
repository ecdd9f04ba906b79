import { XMLBuilder } from 'fast-xml-parser';
import type { SmsProIssue } from '../errors/sms-pro.errors.js';
import { SmsProInputError } from '../errors/sms-pro.errors.js';
import { forbiddenCharacterFault } from '../message/text.js';

/** The children of a request in the document's order: a text, or a list of texts under a name of its own. */
export type XmlFields = Readonly<Record<string, string | Readonly<Record<string, readonly string[]>>>>;

/** How the root of a request is written. */
export interface WriteXmlOptions {
  /** Default namespace of the root. Only the calls def and info have one. */
  readonly namespace?: string;
}

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@' });

/**
 * Writes a request, escaped, as UTF-8.
 *
 * @throws SmsProInputError naming each field that has a character XML cannot carry; the gateway could not read it.
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
