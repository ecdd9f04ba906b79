import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Test } from '@nestjs/testing';
import { ConfigModule } from '@nestjs/config';
import { settingsFrom } from '../config/settings.js';
import { Gateway } from './gateway.js';
import { GatewayModule } from './gateway.module.js';
import { SimulatorProcess } from './simulator.process.js';

const BUILD = 'libs/sms-pro-simulator/tsconfig.build.json';

/** Whether the process exists. */
function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function gatewayOf(environment: NodeJS.ProcessEnv) {
  const config = ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true, load: [settingsFrom(environment)] });
  const testing = await Test.createTestingModule({ imports: [config, GatewayModule] }).compile();
  return { testing, gateway: testing.get(Gateway) };
}

beforeAll(() => {
  if (!existsSync('libs/sms-pro-simulator/dist')) {
    execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', BUILD]);
  }
}, 120_000);

describe('the simulator of the service', () => {
  it('is a process of its own, and ends with the application', async () => {
    const { testing, gateway } = await gatewayOf({});
    const pid = gateway.simulator?.pid;
    expect(pid).not.toBe(process.pid);
    expect(isAlive(pid)).toBe(true);
    expect(await gateway.simulator?.control('GET', '/health')).toEqual({ status: 'ok' });
    await testing.close();
    expect(isAlive(pid)).toBe(false);
  });

  it('is not started where there are credentials', async () => {
    const { testing, gateway } = await gatewayOf({ SMS_PRO_LOGIN: 'shop', SMS_PRO_PASSWORD: 'secret' });
    expect(gateway).toMatchObject({ login: 'shop', baseUrl: 'https://smspro.nikita.kg', simulator: null });
    await testing.close();
  });

  it('is told where reports go, and its error names the call that it refused', async () => {
    const simulator = await SimulatorProcess.start();
    await simulator.pushReportsTo('http://127.0.0.1:9/reports');
    expect(await simulator.control('GET', '/accounts')).toMatchObject([{ reportUrl: 'http://127.0.0.1:9/reports' }]);
    await expect(simulator.pushReportsTo('nowhere')).rejects.toThrow(/refused PUT \/accounts/);
    await simulator.stop();
    await simulator.stop();
    expect(isAlive(simulator.pid)).toBe(false);
  });
});
