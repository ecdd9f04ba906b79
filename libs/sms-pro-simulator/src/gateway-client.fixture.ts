import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import type { Simulator } from './simulator.js';

/** A complete HTTP answer. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Posts a body as it is. Rejects when the connection closes before the answer is complete. */
export function post(url: string, body: string | Buffer, headers: OutgoingHttpHeaders = {}): Promise<Reply> {
  return send('POST', url, body, headers);
}

export function send(
  method: string,
  url: string,
  content: string | Buffer,
  headers: OutgoingHttpHeaders = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('close', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        if (response.complete) resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        else reject(new Error('the answer was cut'));
      });
    });
    request.on('error', reject);
    request.end(content);
  });
}

/** Sends bytes as they are. Resolves with all that arrives until the other side closes. */
export function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => (received += chunk.toString('utf8')));
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });
}

/** The parts of a send that a test changes; null leaves the element out. */
export interface SendParts {
  login?: string | null;
  pwd?: string | null;
  id?: string | null;
  sender?: string | null;
  text?: string | null;
  time?: string | null;
  phones?: readonly string[] | null;
  test?: string | null;
}

const SEND: SendParts = {
  login: 'demo',
  pwd: 'demo',
  id: 'A88726',
  sender: 'My-company',
  text: 'Any SMS message text',
  time: null,
  phones: ['996550123456'],
  test: null,
};

/** The XML of a send in the form of the document. */
export function sendXml(parts: SendParts = {}): string {
  const all = { ...SEND, ...parts };
  const fields = Object.entries(all).map(([name, value]) => {
    if (value === null || value === undefined) return '';
    const inner = typeof value === 'string' ? value : value.map((phone) => `<phone>${phone}</phone>`).join('');
    return `<${name}>${inner}</${name}>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?><message>${fields.join('')}</message>`;
}

/** Sends, and reads the fields of the answer. */
export async function sendMessage(simulator: Simulator, parts: SendParts = {}): Promise<Record<string, string>> {
  return fieldsOf((await post(`${simulator.url}/api/message`, sendXml(parts))).body);
}

export interface ReportRow {
  number: string;
  report: string;
  sendTime: string;
  rcvTime: string;
}

/** Asks `/api/dr`. */
export async function askReport(
  simulator: Simulator,
  id = 'A88726',
  phone?: string,
): Promise<{ status: string | undefined; phones: ReportRow[] }> {
  const asked = phone === undefined ? '' : `<phone>${phone}</phone>`;
  const xml = `<dr><login>demo</login><pwd>demo</pwd><id>${id}</id>${asked}</dr>`;
  const { body } = await post(`${simulator.url}/api/dr`, xml);
  return { status: /<status>(.*?)<\/status>/.exec(body)?.[1], phones: reportRows(body) };
}

export async function askDef(simulator: Simulator, phone: string): Promise<Record<string, string>> {
  const xml = `<def xmlns="http://Giper.mobi/schema/PhoneDEF"><login>demo</login><pwd>demo</pwd><phone>${phone}</phone></def>`;
  return fieldsOf((await post(`${simulator.url}/api/def`, xml)).body);
}

export async function askInfo(simulator: Simulator, pwd = 'demo'): Promise<Record<string, string>> {
  const xml = `<info xmlns="http://Giper.mobi/schema/Info"><login>demo</login><pwd>${pwd}</pwd></info>`;
  return fieldsOf((await post(`${simulator.url}/api/info`, xml)).body);
}

/** The elements of a flat answer, by name. */
export function fieldsOf(xml: string): Record<string, string> {
  return Object.fromEntries(
    [...xml.matchAll(/<(\w+)>([^<]*)<\/\1>/g)].map(([, name = '', value = '']) => [name, value]),
  );
}

export function reportRows(xml: string): ReportRow[] {
  return [...xml.matchAll(/<phone>(.*?)<\/phone>/gs)].map(([, inner = '']) => {
    const { number = '', report = '', sendTime = '', rcvTime = '' } = fieldsOf(inner);
    return { number, report, sendTime, rcvTime };
  });
}
