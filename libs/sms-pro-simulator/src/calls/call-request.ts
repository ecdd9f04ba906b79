import { NAMESPACES, type GatewayCall } from '../wire/answers.js';
import { readXml, type XmlElement } from '../wire/xml-reader.js';

/** A request as it was read, before it is checked. */
export interface CallRequest {
  readonly call: GatewayCall;
  readonly remoteIp: string;
  /** Why it is not a valid request of this call (status 1), or null. */
  readonly formFault: string | null;
  /** Values by element name; no value without an element. All but `login`, `pwd` and `text` are trimmed. */
  readonly fields: Readonly<Partial<Record<string, string>>>;
  /** The phones as they were sent, trimmed. */
  readonly phones: readonly string[];
}

/** The elements of each call, as the document lists them. */
const ELEMENTS: Readonly<Record<GatewayCall, ReadonlySet<string>>> = {
  message: new Set(['login', 'pwd', 'id', 'sender', 'text', 'time', 'phones', 'test']),
  dr: new Set(['login', 'pwd', 'id', 'phone']),
  def: new Set(['login', 'pwd', 'phone']),
  info: new Set(['login', 'pwd']),
};

/** Values in which spaces are significant. */
const UNTRIMMED: ReadonlySet<string> = new Set(['login', 'pwd', 'text']);

/** Reads a request. Never throws: what is wrong with it is in `formFault`. */
export function readCallRequest(call: GatewayCall, document: string | null, remoteIp: string): CallRequest {
  const root = document === null ? null : readXml(document);
  if (root === null) return { call, remoteIp, formFault: 'no readable XML', fields: {}, phones: [] };
  const fields: Partial<Record<string, string>> = {};
  const phones: string[] = [];
  let formFault = findRootFault(call, root);
  for (const child of root.children) {
    if (!ELEMENTS[call].has(child.name)) formFault ??= `<${child.name}> is not an element of ${call}`;
    else if (fields[child.name] !== undefined) formFault ??= `<${child.name}> is there twice`;
    if (child.name === 'phones') formFault ??= readPhones(child, phones);
    else if (child.children.length > 0) formFault ??= `<${child.name}> has elements inside`;
    fields[child.name] ??= UNTRIMMED.has(child.name) ? child.text : child.text.trim();
  }
  if (call !== 'message' && fields['phone'] !== undefined && fields['phone'] !== '') phones.push(fields['phone']);
  for (const name of ['login', 'pwd']) {
    if (fields[name] === undefined) formFault ??= `<${name}> is missing`;
  }
  return { call, remoteIp, formFault, fields, phones };
}

function findRootFault(call: GatewayCall, root: XmlElement): string | null {
  if (root.name !== call) return `the root is <${root.name}>, not <${call}>`;
  if (root.namespace !== '' && root.namespace !== NAMESPACES[call]) return `the namespace is not that of ${call}`;
  return null;
}

function readPhones(element: XmlElement, phones: string[]): string | null {
  for (const phone of element.children) {
    if (phone.name !== 'phone') return `<${phone.name}> is not an element of phones`;
    if (phone.children.length > 0) return '<phone> has elements inside';
    phones.push(phone.text.trim());
  }
  return null;
}
