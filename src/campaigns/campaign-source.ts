import { SmsProInputError, type SendSmsRequest } from 'nestjs-sms-pro';
import type { CampaignFieldsDto } from './campaign-fields.dto.js';
import { CsvFault } from './csv-fault.js';
import type { CsvTable } from './csv-rows.js';
import { listed, textTemplate, type TextOfRow } from './text-template.js';

const PHONE = 'phone';
const TEXT = 'text';

/** The requests of a file, row by row, and the line that each of them stands in. */
export class CampaignSource implements AsyncIterable<SendSmsRequest | SmsProInputError> {
  private readonly phoneAt: number;
  private readonly textOf: TextOfRow;
  private readonly options: Omit<CampaignFieldsDto, 'template'>;
  /** Where the distance of a row from its line changes: in most files once. */
  private readonly steps: { readonly index: number; readonly distance: number }[] = [];

  /** @throws CsvFault for a file without the columns it must have */
  constructor(
    private readonly table: CsvTable,
    { template, ...options }: CampaignFieldsDto,
  ) {
    const { columns } = table;
    this.phoneAt = columns.indexOf(PHONE);
    if (this.phoneAt === -1)
      throw new CsvFault(`The file has no column "phone": its columns are ${listed(columns)}.`, 1);
    this.textOf = template === undefined ? textColumn(columns) : textTemplate(template, columns);
    this.options = options;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SendSmsRequest | SmsProInputError> {
    let index = 0;
    for await (const { cells, line } of this.table.rows) {
      if (this.steps.at(-1)?.distance !== line - index) this.steps.push({ index, distance: line - index });
      yield this.requestOf(cells);
      index += 1;
    }
  }

  /** The line of a request by its place. */
  lineOf(index: number): number {
    const step = this.steps.findLast((one) => one.index <= index);
    return index + (step?.distance ?? 0);
  }

  private requestOf(cells: readonly string[]): SendSmsRequest | SmsProInputError {
    const { columns } = this.table;
    if (cells.length !== columns.length) {
      const message = `has ${cells.length} columns, and the header has ${columns.length}: put a text with a comma into quotes`;
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
