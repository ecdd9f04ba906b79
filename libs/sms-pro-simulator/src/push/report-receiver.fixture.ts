import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reportRows, type ReportRow } from '../gateway-client.fixture.js';

/** One push as it arrived. */
export interface ReceivedPush {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly rows: ReportRow[];
}

/** A server of a partner that receives reports. */
export interface ReportReceiver {
  readonly url: string;
  readonly pushes: ReceivedPush[];
  /** The HTTP status it answers with from now on. @default 200 */
  answer: number;
  /** `phone:report` in order of arrival. */
  reports(): string[];
  stop(): Promise<void>;
}

export async function startReportReceiver(): Promise<ReportReceiver> {
  const pushes: ReceivedPush[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      pushes.push({ headers: request.headers, body, rows: reportRows(body) });
      response.writeHead(receiver.answer).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: ReportReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/report`,
    pushes,
    answer: 200,
    reports: () => pushes.flatMap(({ rows }) => rows.map(({ number, report }) => `${number}:${report}`)),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}
