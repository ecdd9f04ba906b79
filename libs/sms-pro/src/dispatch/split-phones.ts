/** Digits of a text, without what people put between them. */
function digitsOf(text: string): string {
  return text.replaceAll(/\D/g, '');
}

/** The phones that the gateway's words name. It may write them its own way, so only their digits count. */
export function namedPhones(phones: readonly string[], words: string | null): string[] {
  if (words === null) return [];
  const runs = words.split(/[^\d\s()+.-]+/).map(digitsOf);
  return phones.filter((phone) => runs.some((run) => run.includes(phone)));
}

/**
 * How a packet is split that was refused for some of its phones: those that are named go alone, the rest in halves.
 * One bad phone among n costs at most 2·⌈log2 n⌉ packets.
 */
export function splitPhones(phones: readonly string[], words: string | null): string[][] {
  const named = namedPhones(phones, words);
  const rest = phones.filter((phone) => !named.includes(phone));
  const middle = Math.ceil(rest.length / 2);
  const halves = [rest.slice(0, middle), rest.slice(middle)];
  return [...named.map((phone) => [phone]), ...halves].filter((group) => group.length > 0);
}
