import { SmsProInputError } from 'nestjs-sms-pro';
import { CsvFault } from './csv-fault.js';

const PLACEHOLDER = /\{([^{}]+)\}/g;

/** Gives each row its text, or its fault. */
export type TextOfRow = (cells: readonly string[]) => string | SmsProInputError;

/**
 * Reads a template such as `Dear {name}, your order {order} is ready.`
 * @throws CsvFault for a placeholder that names no column
 */
export function textTemplate(template: string, columns: readonly string[]): TextOfRow {
  const placeholders = [...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name.trim().toLowerCase());
  const unknown = placeholders.find((name) => !columns.includes(name));
  if (unknown !== undefined) {
    throw new CsvFault(`The template has {${unknown}}, and the file has the columns ${listed(columns)}.`);
  }
  return (cells) => {
    const valueOf = (name: string) => (cells[columns.indexOf(name)] ?? '').trim();
    const empty = placeholders.find((name) => valueOf(name) === '');
    if (empty !== undefined) {
      return new SmsProInputError([{ path: empty, message: 'is empty, and the template needs it' }]);
    }
    return template.replaceAll(PLACEHOLDER, (_placeholder, name: string) => valueOf(name.trim().toLowerCase()));
  };
}

/** Column names, as a message shows them. */
export function listed(columns: readonly string[]): string {
  return columns.map((column) => `"${column}"`).join(', ');
}
