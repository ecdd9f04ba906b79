import { pipeline, Readable } from 'node:stream';
import { CsvError, parse, type Info } from 'csv-parse';
import { CsvFault } from './csv-fault.js';
import { decodedText } from './decoded-text.js';

/** One row of the file. */
export interface CsvRow {
  /** Number of its last line in the file, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** A file whose header has been read. */
export interface CsvTable {
  /** Column names, trimmed and in lower case. */
  readonly columns: readonly string[];
  /** The rows after the header, read on demand. Empty lines are skipped. */
  readonly rows: AsyncIterable<CsvRow>;
}

/** An unclosed quote would make one row of the rest of the file. */
const MAX_ROW_BYTES = 64 * 1024;

const DELIMITERS = [',', ';', '\t'] as const;

interface Parsed {
  readonly info: Info;
  readonly record: readonly string[];
}

/**
 * Opens a CSV file. Its header shows the delimiter: comma, semicolon or tab. Bytes are read only as fast as rows are
 * consumed.
 * @throws CsvFault for a file without rows, and for one that is not CSV, here or while its rows are read
 */
export async function openCsv(bytes: AsyncIterable<Uint8Array>, charset: string): Promise<CsvTable> {
  const { header, text } = await headerOf(decodedText(bytes, charset));
  const rows = rowsOf(text, delimiterOf(header))[Symbol.asyncIterator]();
  const first = await rows.next();
  if (first.done === true) {
    throw new CsvFault('The file is empty: its first line names the columns, such as "phone,text".');
  }
  const second = await rows.next();
  if (second.done === true) throw new CsvFault('The file has a header and no rows.', first.value.line);
  return { columns: columnsOf(first.value), rows: following(second.value, rows) };
}

function columnsOf({ cells, line }: CsvRow): string[] {
  const columns = cells.map((cell) => cell.trim().toLowerCase());
  const twice = columns.find((column, at) => columns.indexOf(column) !== at);
  if (twice !== undefined) throw new CsvFault(`Two columns are named "${twice}".`, line);
  return columns;
}

async function* following(first: CsvRow, rest: AsyncIterator<CsvRow>): AsyncGenerator<CsvRow> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** The first line, and the whole text including it. */
async function headerOf(
  text: AsyncGenerator<string>,
): Promise<{ readonly header: string; readonly text: AsyncGenerator<string> }> {
  let head = '';
  while (!head.includes('\n') && head.length <= MAX_ROW_BYTES) {
    const { value, done } = await text.next();
    if (done === true) break;
    head += value;
  }
  async function* whole() {
    yield head;
    yield* text;
  }
  return { header: head.split('\n', 1)[0] ?? '', text: whole() };
}

function delimiterOf(header: string): string {
  const counted = DELIMITERS.map((delimiter) => ({ delimiter, amount: header.split(delimiter).length }));
  return counted.toSorted((a, b) => b.amount - a.amount)[0]?.delimiter ?? ',';
}

async function* rowsOf(text: AsyncIterable<string>, delimiter: string): AsyncGenerator<CsvRow> {
  const parser = parse({
    delimiter,
    info: true,
    // A row with too few or too many cells is one bad row: the rest of the file is still read.
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_BYTES,
  });
  // An error of the text ends the parser with the same error.
  pipeline(Readable.from(text), parser, () => {});
  let line = 0;
  let countedTwice = 0;
  try {
    for await (const { info, record } of parser as AsyncIterable<Parsed>) {
      // Within a cell the parser counts CR LF as two lines.
      countedTwice += record.reduce((sum, cell) => sum + cell.split('\r\n').length - 1, 0);
      line = info.lines - countedTwice;
      yield { line, cells: record };
    }
  } catch (error) {
    throw error instanceof CsvError ? quoteFault(error, line + 1, countedTwice) : error;
  }
}

function quoteFault(error: CsvError, from: number, countedTwice: number): CsvFault {
  const line = typeof error['lines'] === 'number' ? error['lines'] - countedTwice : from;
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return new CsvFault(
        `A quote that opens in line ${from} or later is never closed: double each quote inside a cell.`,
        from,
      );
    case 'CSV_MAX_RECORD_SIZE':
      return new CsvFault(
        `The row that starts in line ${from} is longer than ${MAX_ROW_BYTES} bytes: is a quote not closed?`,
        from,
      );
    default:
      return new CsvFault(
        'There is a quote inside a cell: put the whole cell in quotes, and double each quote inside it.',
        line,
      );
  }
}
