import { TextDecoder } from 'node:util';
import { CsvFault } from './csv-fault.js';

/** What a decoder puts in place of bytes that it cannot decode. */
const REPLACEMENT = '\uFFFD';

/**
 * The text of a file as it arrives, without its byte order mark. A wrong encoding is an error: otherwise every customer
 * would get garbled text.
 *
 * @throws CsvFault for bytes that are not in this encoding
 */
export async function* decodedText(bytes: AsyncIterable<Uint8Array>, charset: string): AsyncGenerator<string> {
  const decoder = decoderOf(charset);
  let line = 1;
  for await (const chunk of bytes) {
    const text = decoded(decoder, chunk, charset, line);
    line += linesIn(text);
    if (text !== '') yield text;
  }
  const rest = decoded(decoder, undefined, charset, line);
  if (rest !== '') yield rest;
}

function decoderOf(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset, { fatal: true });
  } catch {
    throw new CsvFault(
      `The charset "${charset.slice(0, 30)}" is unknown: save the file as UTF-8, and name no other charset.`,
    );
  }
}

function decoded(decoder: TextDecoder, chunk: Uint8Array | undefined, charset: string, line: number): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    const [before = ''] = new TextDecoder(charset).decode(chunk).split(REPLACEMENT);
    throw new CsvFault(
      `The file is not ${decoder.encoding}: save it as "CSV UTF-8", or name its charset, such as "content-type: text/csv; charset=windows-1251".`,
      line + linesIn(before),
    );
  }
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}
