// What is packed is what a user gets: both packages are packed, laid out as npm would, compiled against and run.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

// Inside the workspace, so that their dependencies are found above; the packages themselves are found here first.
const FOLDER = 'dist/pack-smoke';
const LIBRARIES = ['sms-pro', 'sms-pro-simulator'];

const USER = `
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { OnSmsPro, SmsProModule, SmsProService, type SmsProEvent, type SmsProScheduler } from 'nestjs-sms-pro';
import { bullMqScheduler } from 'nestjs-sms-pro/bullmq';
import { startSimulator } from 'sms-pro-simulator';

const scheduler: (context: never) => SmsProScheduler = bullMqScheduler({ connection: { host: '127.0.0.1' } });
if (typeof scheduler !== 'function') throw new Error('The subpath gave no scheduler.');

let heard = 0;

@Injectable()
class Subscriber {
  @OnSmsPro('recipient.delivered')
  onDelivered(event: SmsProEvent<'recipient.delivered'>): void {
    if (event.phone === '996555123459') heard += 1;
  }
}

const simulator = await startSimulator({ lives: { sentAfterMs: 10, deliveredAfterMs: 20 } });

@Module({
  imports: [
    EventEmitterModule.forRoot(),
    ScheduleModule.forRoot(),
    SmsProModule.forRoot({
      login: 'demo',
      password: 'demo',
      sender: 'My-company',
      baseUrl: simulator.url,
      database: { type: 'better-sqlite3', database: ':memory:' },
      polling: { intervalMs: 100, staleAfterMs: 50 },
    }),
  ],
  providers: [Subscriber],
})
class AppModule {}

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error', 'warn'] });
const sms = app.get(SmsProService);
const { messageId } = await sms.send({ to: '0555 123 459', text: 'Packed' });
const status = await sms.waitFor(messageId, 'final', { timeoutMs: 20_000 });
await app.close();
await simulator.stop();
if (status.counts.delivered !== 1 || heard !== 1) throw new Error('The packed module did not deliver.');
process.stdout.write('The packed packages compile, send and hear.\\n');
`;

const run = (command, args, cwd = '.') =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
for (const library of LIBRARIES) {
  const before = readFileSync(`libs/${library}/package.json`, 'utf8');
  const [{ name, filename, files }] = JSON.parse(
    run('npm', ['pack', '--json', '--pack-destination', '../../' + FOLDER], `libs/${library}`),
  );
  if (readFileSync(`libs/${library}/package.json`, 'utf8') !== before) {
    throw new Error(`Packing changed libs/${library}/package.json.`);
  }
  const odd = files.filter(({ path }) => /\.(spec|fixture)\.|tsbuildinfo|\/src\//.test(path));
  if (odd.length > 0) throw new Error(`${name} packs what no user needs: ${odd.map(({ path }) => path).join(', ')}.`);
  const target = join(FOLDER, 'node_modules', name);
  mkdirSync(target, { recursive: true });
  run('tar', ['-xzf', join(FOLDER, filename), '-C', target, '--strip-components=1']);
  // Those of its dependencies that npm had to put beside it.
  const own = `libs/${library}/node_modules`;
  if (existsSync(own)) symlinkSync(resolve(own), join(target, 'node_modules'));
  if (readFileSync(join(target, 'package.json'), 'utf8').includes('sms-pro-source')) {
    throw new Error(`${name} names sources that it does not have.`);
  }
  if (!readdirSync(target).includes('README.md')) throw new Error(`${name} has no README.`);
}
writeFileSync(join(FOLDER, 'package.json'), '{ "type": "module", "private": true }\n');
writeFileSync(join(FOLDER, 'user.ts'), USER);
run(
  'npx',
  [
    'tsc',
    '--ignoreConfig',
    'user.ts',
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--strict',
    '--experimentalDecorators',
    '--emitDecoratorMetadata',
    '--skipLibCheck',
    '--types',
    'node',
  ].filter((flag) => flag !== '--ignoreConfig'),
  FOLDER,
);
process.stdout.write(run('node', ['user.js'], FOLDER));
