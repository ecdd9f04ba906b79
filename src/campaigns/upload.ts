import type { IncomingMessage } from 'node:http';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { UnsupportedMediaTypeException } from '@nestjs/common';
import busboy from 'busboy';
import { CsvFault } from './csv-fault.js';

/** A file that is being uploaded, and the form fields that came before it. */
export interface Upload {
  readonly fields: Readonly<Record<string, string>>;
  readonly charset: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Reads and drops the rest, so that the client gets to read the answer. */
  discard(): void;
}

const DEFAULT_CHARSET = 'utf-8';
const FORM_LIMITS = { files: 1, fields: 20, fieldSize: 8 * 1024 };

/**
 * The file of a request: its body (`text/csv`), or the first file of its form. The file itself is not read yet.
 * @throws UnsupportedMediaTypeException for another kind of body
 * @throws CsvFault for a form without a file
 */
export async function uploadOf(request: IncomingMessage): Promise<Upload> {
  const contentType = request.headers['content-type'] ?? '';
  const [kind = ''] = contentType.toLowerCase().split(';', 1);
  if (kind.trim() === 'text/csv') {
    const body = new PassThrough();
    request.pipe(body);
    return uploadFrom(request, { target: body, bytes: body, contentType, fields: {} });
  }
  if (kind.trim() === 'multipart/form-data') return fileOfForm(request);
  throw new UnsupportedMediaTypeException(
    'Send the file as the body with "content-type: text/csv" (curl --data-binary @file.csv), or as a form (curl -F file=@file.csv).',
  );
}

/** Where the bytes of a file come from. */
interface FileSource {
  /** What the request is piped into. */
  readonly target: Writable;
  readonly bytes: Readable;
  readonly contentType: string;
  readonly fields: Readonly<Record<string, string>>;
}

function uploadFrom(request: IncomingMessage, { target, bytes, contentType, fields }: FileSource): Upload {
  // A pipe does not report a connection that closes in the middle.
  request.once('close', () => {
    if (!request.complete) bytes.destroy(new Error('The upload was interrupted.'));
  });
  return {
    fields,
    charset: /;\s*charset="?([\w.:-]+)"?/i.exec(contentType)?.[1] ?? DEFAULT_CHARSET,
    bytes,
    discard: () => void request.unpipe(target).resume(),
  };
}

async function fileOfForm(request: IncomingMessage): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const fields: Record<string, string> = {};
    const fail = (message: string) => reject(new CsvFault(message));
    let form: busboy.Busboy;
    try {
      form = busboy({ headers: request.headers, limits: FORM_LIMITS });
    } catch {
      fail('The form cannot be read: it has no boundary.');
      return;
    }
    form.on('field', (name, value) => {
      fields[name] = value;
    });
    form.on('file', (_name, file, { mimeType }) =>
      resolve(uploadFrom(request, { target: form, bytes: file, contentType: mimeType, fields: { ...fields } })),
    );
    form.on('error', () => fail('The form cannot be read: it ends in the middle.'));
    form.on('close', () => fail('The form has no file: curl -F file=@file.csv'));
    request.once('close', () => fail('The upload was interrupted.'));
    request.pipe(form);
  });
}
