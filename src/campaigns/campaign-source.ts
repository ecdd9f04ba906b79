import { SmsProInputError, type SendSmsRequest } from 'nestjs-sms-pro';
import type { CampaignFieldsDto } from './campaign-fields.dto.js';
import { CsvFault } from './csv-fault.js';
import type { CsvTable } from './csv-rows.js';
import { listed, textTemplate, type TextOfRow } from './text-template.js';

const PHONE = 'phone';
const TEXT = 'text';

/** The requests of a file, row by row, and the line number of each. */
export class CampaignSource implements AsyncIterable<SendSmsRequest | SmsProInputError> {
  private readonly phoneAt: number;
  private readonly textOf: TextOfRow;
  private readonly options: Omit<CampaignFieldsDto, 'template'>;
  /** Where the difference between line number and row index changes: once in most files. */
  private readonly steps: { readonly index: number; readonly offset: number }[] = [];

  /** @throws CsvFault for a file without the required columns */
  constructor(
    private readonly table: CsvTable,
    { template, ...options }: CampaignFieldsDto,
  ) {
    const { columns } = table;
    this.phoneAt = columns.indexOf(PHONE);
    if (this.phoneAt === -1) {
      throw new CsvFault(`The file has no column "phone": its columns are ${listed(columns)}.`, 1);
    }
    this.textOf = template === undefined ? textColumn(columns) : textTemplate(template, columns);
    this.options = options;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SendSmsRequest | SmsProInputError> {
    let index = 0;
    for await (const { cells, line } of this.table.rows) {
      if (this.steps.at(-1)?.offset !== line - index) this.steps.push({ index, offset: line - index });
      yield this.requestOf(cells);
      index += 1;
    }
  }

  /** The line number of the request with this index. */
  lineOf(index: number): number {
    const step = this.steps.findLast((one) => one.index <= index);
    return index + (step?.offset ?? 0);
  }

  private requestOf(cells: readonly string[]): SendSmsRequest | SmsProInputError {
    const { columns } = this.table;
    if (cells.length !== columns.length) {
      const message = `has ${cells.length} columns, and the header has ${columns.length}: put a text with a comma in quotes`;
      return new SmsProInputError([{ path: '', message }]);
    }
    const text = this.textOf(cells);
    return text instanceof SmsProInputError ? text : { ...this.options, to: cells[this.phoneAt] ?? '', text };
  }
}

function textColumn(columns: readonly string[]): TextOfRow {
  const at = columns.indexOf(TEXT);
  if (at === -1) {
    throw new CsvFault(
      `The file has no column "text", and no template came before it: its columns are ${listed(columns)}.`,
      1,
    );
  }
  return (cells) => cells[at] ?? '';
}
