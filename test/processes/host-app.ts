import 'reflect-metadata';
import {
  SmsProModule,
  SmsProService,
  type BulkProgress,
  type SendSmsRequest,
  type SmsProModuleOptions,
} from 'nestjs-sms-pro';
import { bootApp } from '../support/booted-app.js';
import { HastyWitness, SlowWitness } from './heard-witness.js';

/** A campaign to the phones from `996555000000` on, of which every tenth has a text of its own. */
export interface BulkCommand {
  readonly amount: number;
  readonly idempotencyKey: string;
  /** Answered as soon as so many are stored, while the run goes on; left out: at its end. */
  readonly answerAt?: number;
}

/** What the parent asks of this application. */
export type HostCommand =
  | { readonly kind: 'send'; readonly request: SendSmsRequest }
  | { readonly kind: 'wait'; readonly messageId: string; readonly timeoutMs: number }
  | ({ readonly kind: 'bulk' } & BulkCommand)
  | { readonly kind: 'hold-up' }
  | { readonly kind: 'close' };

/** What it answers. */
export type HostReply = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: string };

const options = JSON.parse(process.env['HOST_APP_OPTIONS'] ?? '{}') as SmsProModuleOptions;
const witnesses = process.env['HOST_APP_HEARD_FILE'] === undefined ? [] : [HastyWitness, SlowWitness];
const { app, url } = await bootApp({ modules: [SmsProModule.forRoot(options)], providers: witnesses });
const sms = app.get(SmsProService);

function* requests(amount: number): Generator<SendSmsRequest> {
  for (let at = 0; at < amount; at += 1) {
    yield { to: `996555${String(at).padStart(6, '0')}`, text: at % 10 === 0 ? `Dear customer ${at}` : 'Spring sale' };
  }
}

async function sendBulk({ amount, idempotencyKey, answerAt }: BulkCommand): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onProgress = ({ consumed }: BulkProgress) => {
      if (answerAt !== undefined && consumed >= answerAt) resolve(consumed);
    };
    sms.sendBulk(requests(amount), { idempotencyKey, onProgress }).then(resolve, reject);
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
      await app.get(SlowWitness).holdUp();
      return null;
    case 'close':
      await app.close();
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
