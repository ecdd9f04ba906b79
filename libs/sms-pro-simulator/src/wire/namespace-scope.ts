/** Prefixes and what they are bound to; the empty prefix is the default namespace. */
export type NamespaceScope = Readonly<Record<string, string>>;

/** What every document may use without declaring it. */
export const ROOT_SCOPE: NamespaceScope = { '': '', xml: 'http://www.w3.org/XML/1998/namespace' };

/**
 * The scope inside an element with these attributes. It is the same object when they bind nothing, as is nearly always
 * the case: the parser's own handling of namespaces would cost more.
 * @returns null when an attribute's prefix is not bound
 */
export function enterScope(outer: NamespaceScope, attributes: Readonly<Record<string, string>>): NamespaceScope | null {
  const names = Object.keys(attributes);
  if (names.length === 0) return outer;
  const scope: Record<string, string> = { ...outer };
  for (const name of names) {
    const value = attributes[name] ?? '';
    if (name === 'xmlns') scope[''] = value;
    else if (name.startsWith('xmlns:')) {
      // A prefix cannot be unbound in XML 1.0.
      if (value === '') return null;
      scope[name.slice(6)] = value;
    }
  }
  const unbound = names.some(
    (name) => !name.startsWith('xmlns') && name.includes(':') && resolveName(name, scope) === null,
  );
  return unbound ? null : scope;
}

/** The local name and namespace of a qualified name, or null when its prefix is not bound or the name is invalid. */
export function resolveName(name: string, scope: NamespaceScope): { local: string; namespace: string } | null {
  const colon = name.indexOf(':');
  if (colon < 0) return { local: name, namespace: scope[''] ?? '' };
  const local = name.slice(colon + 1);
  const prefix = name.slice(0, colon);
  if (prefix === '' || local === '' || local.includes(':') || !Object.hasOwn(scope, prefix)) return null;
  return { local, namespace: scope[prefix] ?? '' };
}
