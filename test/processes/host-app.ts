import 'reflect-metadata';
import { appendFileSync } from 'node:fs';
import {
  SmsProModule,
  SmsProService,
  type BulkProgress,
  type SendSmsRequest,
  type SmsProModuleOptions,
} from 'nestjs-sms-pro';
import { bootApp } from '../support/booted-app.js';
import { rawDatabase } from '../support/raw-database.js';
import { HastyRecorder, SlowRecorder } from './event-recorder.js';

/** A campaign to the phones from `996555000000` on, of which every tenth has a text of its own. */
export interface BulkCommand {
  readonly amount: number;
  readonly idempotencyKey: string;
  /** Answered as soon as so many are stored. The source then gives no more than as many again: the run never ends. */
  readonly answerAt?: number;
}

/** What the parent asks of this application. */
export type HostCommand =
  | { readonly kind: 'send'; readonly request: SendSmsRequest }
  | { readonly kind: 'wait'; readonly messageId: string; readonly timeoutMs: number }
  | ({ readonly kind: 'bulk' } & BulkCommand)
  | { readonly kind: 'hold-up'; readonly atCall: number }
  | { readonly kind: 'is-held-up' }
  | { readonly kind: 'query'; readonly sql: string }
  | { readonly kind: 'close' };

/** What it answers. */
export type HostReply = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: string };

const options = JSON.parse(process.env['HOST_APP_OPTIONS'] ?? '{}') as SmsProModuleOptions;
if (options.database === undefined) throw new Error('The options name no database.');
const database = await rawDatabase(options.database);
const recorders = process.env['HOST_APP_HEARD_FILE'] === undefined ? [] : [HastyRecorder, SlowRecorder];
const logFile = process.env['HOST_APP_LOG_FILE'];

/** Written at once: a kill forgets nothing that was logged. */
const log = (text: unknown) => {
  if (logFile !== undefined) appendFileSync(logFile, `${Date.now()}\t${String(text)}\n`);
};

const { app, url } = await bootApp({
  options: logFile === undefined ? {} : { logger: { log, error: log, warn: log, debug: log } },
  modules: [SmsProModule.forRoot({ ...options, database: database.options })],
  providers: recorders,
});
const sms = app.get(SmsProService);

async function* requests({ amount, answerAt }: BulkCommand): AsyncGenerator<SendSmsRequest> {
  for (let at = 0; at < amount; at += 1) {
    if (answerAt !== undefined && at >= 2 * answerAt) await new Promise<never>(() => {});
    yield { to: `996555${String(at).padStart(6, '0')}`, text: at % 10 === 0 ? `Dear customer ${at}` : 'Spring sale' };
  }
}

async function sendBulk(command: BulkCommand): Promise<unknown> {
  const { idempotencyKey, answerAt } = command;
  return new Promise((resolve, reject) => {
    const onProgress = ({ consumed }: BulkProgress) => {
      if (answerAt !== undefined && consumed >= answerAt) resolve(consumed);
    };
    sms.sendBulk(requests(command), { idempotencyKey, onProgress }).then(resolve, reject);
  });
}

async function run(command: HostCommand): Promise<unknown> {
  switch (command.kind) {
    case 'send':
      return sms.send(command.request);
    case 'wait':
      return sms.waitFor(command.messageId, 'final', { timeoutMs: command.timeoutMs });
    case 'bulk':
      return sendBulk(command);
    case 'hold-up':
      app.get(SlowRecorder).holdUpAt(command.atCall);
      return null;
    case 'is-held-up':
      return app.get(SlowRecorder).isHeldUp;
    case 'query':
      return database.query(command.sql);
    case 'close':
      await app.close();
      await database.close();
      return null;
  }
}

function tell(reply: HostReply): void {
  if (process.connected) process.send?.(reply);
}

process.on('message', (command: HostCommand) => {
  run(command).then(
    (value) => tell({ ok: true, value }),
    (error: unknown) => tell({ ok: false, error: String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
tell({ ok: true, value: url });
