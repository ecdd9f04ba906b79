import { gzipSync } from 'node:zlib';
import type { SmsProService } from 'nestjs-sms-pro';
import { push, type PushOptions } from './push.js';
import { LONG_MS } from './eventually.js';
import { reportXml } from './report-xml.js';

/** All ways in which a gateway might push a document. */
export const PUSHES: readonly (readonly [
  string,
  (xml: string) => readonly [string | Uint8Array, PushOptions['headers']],
])[] = [
  ['text/xml', (xml) => [xml, { 'content-type': 'text/xml' }]],
  ['application/xml with a charset', (xml) => [xml, { 'content-type': 'application/xml; charset=utf-8' }]],
  ['text/plain', (xml) => [xml, { 'content-type': 'text/plain' }]],
  ['application/json', (xml) => [xml, { 'content-type': 'application/json' }]],
  ['urlencoded', (xml) => [xml, { 'content-type': 'application/x-www-form-urlencoded' }]],
  ['multipart', (xml) => [xml, { 'content-type': 'multipart/form-data; boundary=x' }]],
  ['a type that is none', (xml) => [xml, { 'content-type': 'xml' }]],
  ['no Content-Type', (xml) => [xml, {}]],
  ['no Content-Type, chunked', (xml) => [xml, { 'transfer-encoding': 'chunked' }]],
  ['gzip', (xml) => [gzipSync(xml), { 'content-type': 'text/xml', 'content-encoding': 'gzip' }]],
  ['gzip under JSON', (xml) => [gzipSync(xml), { 'content-type': 'application/json', 'content-encoding': 'gzip' }]],
  ['gzip without a type', (xml) => [gzipSync(xml), { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' }]],
  ['a byte order mark', (xml) => [`\uFEFF${xml}`, { 'content-type': 'text/xml' }]],
  [
    'windows-1251',
    (xml) => [
      Buffer.concat([
        Buffer.from(xml.replace('UTF-8', 'windows-1251')),
        Buffer.from('<!-- '),
        Buffer.from([0xc1, 0xe8]),
        Buffer.from(' -->'),
      ]),
      { 'content-type': 'text/xml' },
    ],
  ],
  [
    'UTF-16 with a mark',
    (xml) => [Buffer.from(`\uFEFF${xml.replace('UTF-8', 'UTF-16')}`, 'utf16le'), { 'content-type': 'text/plain' }],
  ],
  [
    'UTF-16 by its Content-Type',
    (xml) => [Buffer.from(xml.replace('UTF-8', 'UTF-16LE'), 'utf16le'), { 'content-type': 'text/xml; charset=utf-16' }],
  ],
  ['UTF-16 by its declaration', (xml) => [Buffer.from(xml.replace('UTF-8', 'UTF-16'), 'utf16le'), {}]],
];

/** Sends one message, pushes one report for each of its phones, each in another way, and says which of them were stored. */
export async function pushInEveryWay(sms: SmsProService, url: string) {
  const phones = PUSHES.map((_, index) => `9965551234${String(index).padStart(2, '0')}`);
  const { messageId, packetIds } = await sms.send({ to: phones, text: 'Hello' });
  await sms.waitFor(messageId, 'accepted', { timeoutMs: LONG_MS });
  const answers = await Promise.all(
    PUSHES.map(async ([way, write], index) => {
      const [body, headers = {}] = write(reportXml(packetIds[0] ?? '', { [phones[index] ?? '']: '3' }));
      return { way, ...(await push(url, body, { headers })) };
    }),
  );
  const status = await sms.status(messageId);
  const delivered = new Set(status?.recipients.filter((one) => one.status === 'delivered').map(({ phone }) => phone));
  return {
    answers,
    refused: answers.filter((answer) => answer.status !== 200).map(({ way, status: code }) => `${way}: ${code}`),
    notStored: PUSHES.filter((_, index) => !delivered.has(phones[index] ?? '')).map(([way]) => way),
  };
}

/** What {@link pushInEveryWay} says where all is well. */
export const ALL_STORED = { refused: [], notStored: [] };
