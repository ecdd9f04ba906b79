import { SaxesParser } from 'saxes';
import { enterScope, resolveName, ROOT_SCOPE, type NamespaceScope } from './namespace-scope.js';

/** One element of a request, with its own text and its child elements. */
export interface XmlElement {
  /** The name without any prefix. */
  readonly name: string;
  /** The namespace, empty if none. */
  readonly namespace: string;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** An element that is not closed yet. */
class OpenElement implements XmlElement {
  text = '';
  children: OpenElement[] = NO_CHILDREN;

  constructor(
    readonly name: string,
    readonly namespace: string,
    readonly scope: NamespaceScope,
  ) {}

  add(child: OpenElement): void {
    if (this.children === NO_CHILDREN) this.children = [child];
    else this.children.push(child);
  }
}

/** Most elements have no children: they share this list. */
const NO_CHILDREN: OpenElement[] = [];

/** A request has three levels; a document with many more is not a request. */
const MAX_DEPTH = 16;

/**
 * Reads a document strictly: well-formed, namespaces bound, no DOCTYPE.
 * @returns the root element, or null when it is not such a document
 */
export function readXml(document: string): XmlElement | null {
  const parser = new SaxesParser({ xmlns: false, position: false });
  const open: OpenElement[] = [];
  let root: OpenElement | null = null;
  let refused = false;
  const refuse = (): void => {
    refused = true;
  };
  parser.on('error', refuse);
  parser.on('doctype', refuse);
  parser.on('opentag', (tag) => {
    const parent = open.at(-1);
    const scope = enterScope(parent?.scope ?? ROOT_SCOPE, tag.attributes);
    const name = scope === null ? null : resolveName(tag.name, scope);
    if (scope === null || name === null || open.length >= MAX_DEPTH) refuse();
    const opened = new OpenElement(name?.local ?? tag.name, name?.namespace ?? '', scope ?? ROOT_SCOPE);
    if (parent === undefined) root ??= opened;
    else parent.add(opened);
    open.push(opened);
  });
  const addText = (text: string): void => {
    const current = open.at(-1);
    if (current !== undefined) current.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    open.pop();
  });
  try {
    parser.write(document).close();
  } catch {
    return null;
  }
  return refused ? null : root;
}
