import type { INestApplication } from '@nestjs/common';
import { SmsProModule, type SmsProModuleOptions } from 'nestjs-sms-pro';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import { bootApp, quickOptions, scratchFolder, type BootedApp, type BootRequest } from './support/booted-app.js';

type ScratchFolder = Awaited<ReturnType<typeof scratchFolder>>;

/** A simulator whose reports come at once, a scratch folder, and the application that a test boots over them. */
export class TestHost {
  private app: INestApplication | null = null;

  private constructor(
    readonly simulator: Simulator,
    readonly folder: ScratchFolder,
  ) {}

  static async open(): Promise<TestHost> {
    const folder = await scratchFolder();
    return new TestHost(await startSimulator({ lives: { sentAfterMs: 0, deliveredAfterMs: 0 } }), folder);
  }

  async close(): Promise<void> {
    await this.closeApp();
    await this.simulator.stop();
    await this.folder.remove();
  }

  /** Closes the application, if one was booted. */
  async closeApp(): Promise<void> {
    await this.app?.close();
    this.app = null;
  }

  /** Options of an account that does not poll, with a database of its own. */
  options(file = 'sms.sqlite'): SmsProModuleOptions {
    return { ...quickOptions(this.simulator.url, this.folder.file(file)), polling: { enabled: false } };
  }

  /** Boots an application, which is closed with this host. */
  async boot(request: BootRequest): Promise<BootedApp> {
    const booted = await bootApp(request);
    this.app = booted.app;
    return booted;
  }

  /** Boots an application with one account, whose options are changed like this. */
  async bootAccount(changes: Partial<SmsProModuleOptions> = {}): Promise<INestApplication> {
    const { app } = await this.boot({ modules: [SmsProModule.forRoot({ ...this.options(), ...changes })] });
    return app;
  }
}
