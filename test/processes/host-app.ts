import 'reflect-metadata';
import { SmsProModule, SmsProService, type SendSmsRequest, type SmsProModuleOptions } from 'nestjs-sms-pro';
import { bootApp } from '../support/booted-app.js';

/** What the parent asks of this application. */
export type HostCommand =
  | { readonly kind: 'send'; readonly request: SendSmsRequest }
  | { readonly kind: 'wait'; readonly messageId: string; readonly timeoutMs: number }
  | { readonly kind: 'close' };

/** What it answers. */
export type HostReply = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: string };

const options = JSON.parse(process.env['HOST_APP_OPTIONS'] ?? '{}') as SmsProModuleOptions;
const { app, url } = await bootApp({ modules: [SmsProModule.forRoot(options)] });
const sms = app.get(SmsProService);

async function run(command: HostCommand): Promise<unknown> {
  switch (command.kind) {
    case 'send':
      return sms.send(command.request);
    case 'wait':
      return sms.waitFor(command.messageId, 'final', { timeoutMs: command.timeoutMs });
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
