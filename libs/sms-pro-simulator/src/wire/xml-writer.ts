const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** The text, escaped so that it can be put between two tags. */
function escapeXml(text: string): string {
  return /[&<>"'\r]/.test(text)
    ? text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character).replaceAll('\r', '&#13;')
    : text;
}

/** `<name>text</name>` with the text escaped. */
export function element(name: string, text: string | number): string {
  return `<${name}>${typeof text === 'number' ? text : escapeXml(text)}</${name}>`;
}
