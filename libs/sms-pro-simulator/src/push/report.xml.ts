import { NAMESPACES, writeReportLines, type ReportLine } from '../wire/answers.js';
import { element } from '../wire/xml-writer.js';

/** One report to push. */
export interface PushedReport {
  readonly id: string;
  readonly line: ReportLine;
  /** Cut the push that contains it. */
  readonly broken: boolean;
}

/** The body of a push: reports of one id that follow each other share a `<dr>`. */
export function writeReportPush(reports: readonly PushedReport[]): string {
  const groups: { id: string; lines: ReportLine[] }[] = [];
  for (const { id, line } of reports) {
    const group = groups.at(-1);
    if (group?.id === id) group.lines.push(line);
    else groups.push({ id, lines: [line] });
  }
  const body = groups.map(({ id, lines }) => `<dr>${element('id', id)}${writeReportLines(lines)}</dr>`).join('');
  const whole = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<report xmlns="${NAMESPACES.dr}">${body}</report>`;
  return reports.some(({ broken }) => broken) ? whole.slice(0, Math.floor(whole.length / 2)) : whole;
}
