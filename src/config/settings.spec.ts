import { describe, expect, it } from '@jest/globals';
import { readSettings, SettingsError } from './settings.js';

function faultsOf(environment: NodeJS.ProcessEnv): readonly string[] {
  try {
    readSettings(environment);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
}

describe('the environment', () => {
  it('may be empty: then the simulator is used, on port 3000 of loopback', () => {
    expect(readSettings({})).toMatchObject({ host: '127.0.0.1', port: 3000, account: null });
  });

  it('treats an empty variable as not set', () => {
    expect(readSettings({ PORT: '', SMS_PRO_LOGIN: '', SMS_PRO_PASSWORD: '', SMS_PRO_SENDER: '' })).toEqual(
      readSettings({}),
    );
  });

  it('uses the real gateway once there is an account', () => {
    const settings = readSettings({ SMS_PRO_LOGIN: 'shop', SMS_PRO_PASSWORD: 'long secret' });
    expect(settings.account).toEqual({ login: 'shop', password: 'long secret', baseUrl: 'https://smspro.nikita.kg' });
  });

  it('never shares a database file between the simulator and the real gateway', () => {
    const real = readSettings({ SMS_PRO_LOGIN: 'shop', SMS_PRO_PASSWORD: 'long secret' });
    expect(real.database).not.toBe(readSettings({}).database);
  });

  it.each([
    ['SMS_PRO_LOGIN', 'SMS_PRO_PASSWORD'],
    ['SMS_PRO_PASSWORD', 'SMS_PRO_LOGIN'],
  ])('with %s alone says that %s is missing', (given, missing) => {
    expect(faultsOf({ [given]: 'x' })).toEqual([expect.stringMatching(new RegExp(`^${missing} is missing: `))]);
  });

  it('lists every fault at once, each with the name of its variable', () => {
    const faults = faultsOf({
      PORT: 'abc',
      SMS_PRO_LOGIN: 'shop',
      SMS_PRO_SENDER: 'Моя компания',
      SMS_PRO_BASE_URL: 'smspro',
      SMS_PRO_REPORT_SECRET: 'short',
      SMS_PRO_STALE_AFTER_MS: '-1',
    });
    const names = faults.map((fault) => fault.split(' ')[0]);
    expect(names).toEqual([
      'PORT',
      'SMS_PRO_SENDER',
      'SMS_PRO_BASE_URL',
      'SMS_PRO_REPORT_SECRET',
      'SMS_PRO_STALE_AFTER_MS',
      'SMS_PRO_PASSWORD',
    ]);
  });

  it('shows no secret in a fault', () => {
    const faults = faultsOf({
      SMS_PRO_REPORT_SECRET: 'tooshort!',
      SMS_PRO_PASSWORD: 'p'.repeat(300),
      SMS_PRO_LOGIN: 'x',
    });
    expect(faults).toHaveLength(2);
    expect(faults.join()).not.toMatch(/tooshort|ppp/);
  });

  it('refuses a gateway address without an account, which would be ignored silently', () => {
    expect(faultsOf({ SMS_PRO_BASE_URL: 'http://127.0.0.1:8025' })).toEqual([
      expect.stringMatching(/needs SMS_PRO_LOGIN/),
    ]);
  });
});
