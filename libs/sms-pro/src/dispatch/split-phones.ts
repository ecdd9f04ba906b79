/** The digits of a text, without separators. */
function digitsOf(text: string): string {
  return text.replaceAll(/\D/g, '');
}

/** The phones that a message of the gateway names. Only digits are compared: the gateway may format a phone differently. */
function namedPhones(phones: readonly string[], message: string | null): string[] {
  if (message === null) return [];
  const runs = message.split(/[^\d\s()+.-]+/).map(digitsOf);
  return phones.filter((phone) => runs.some((run) => run.includes(phone)));
}

/**
 * Splits the phones of a packet that was refused for some of them: each phone that the gateway named goes alone, the
 * others in halves. One bad phone among n costs at most 2·⌈log2 n⌉ packets.
 */
export function splitPhones(phones: readonly string[], message: string | null): string[][] {
  const named = namedPhones(phones, message);
  const rest = phones.filter((phone) => !named.includes(phone));
  const middle = Math.ceil(rest.length / 2);
  const halves = [rest.slice(0, middle), rest.slice(middle)];
  return [...named.map((phone) => [phone]), ...halves].filter((group) => group.length > 0);
}
