import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readCommandLine } from './cli.options.js';

describe('the command line', () => {
  it('starts on port 8025 by default', () => {
    expect(readCommandLine([], {})).toEqual({ kind: 'start', quiet: false, settings: { port: 8025 } });
  });

  it('prefers a flag to the environment, and the environment to the file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'simulator-')), 'config.json');
    const accounts = [{ login: 'file', password: 'file', balance: '5.00' }];
    writeFileSync(file, JSON.stringify({ port: 1, seed: 2, host: '127.0.0.2', accounts, dials: { dedupe: 'none' } }));
    const request = readCommandLine(['--config', file, '--port=3', '--password', 'flag', '--quiet'], {
      SMS_PRO_SIMULATOR_PORT: '9',
      SMS_PRO_SIMULATOR_SEED: '4',
      SMS_PRO_SIMULATOR_REPORT_URL: 'http://localhost/report',
    });
    expect(request).toEqual({
      kind: 'start',
      quiet: true,
      settings: {
        port: 3,
        seed: 4,
        host: '127.0.0.2',
        dials: { dedupe: 'none' },
        accounts: [{ login: 'file', password: 'flag', balance: '5.00', reportUrl: 'http://localhost/report' }],
      },
    });
  });

  it.each<[string[], string[]]>([
    [
      ['--prot', '1', 'up'],
      ['--prot is not a flag; see --help', '"1" is not a flag; see --help', '"up" is not a flag; see --help'],
    ],
    [
      ['--port', 'x', '--seed', 'y'],
      ['--port must be a whole number, not "x"', '--seed must be a whole number, not "y"'],
    ],
    [['--port'], ['--port needs a value']],
    [['--quiet=yes'], ['--quiet takes no value']],
  ])('%j: one line for each fault', (args, faults) => {
    expect(readCommandLine(args, {})).toEqual({ kind: 'faults', faults });
  });

  it('names a file that cannot be read', () => {
    expect(readCommandLine(['--config', '/nowhere.json'], {})).toMatchObject({
      kind: 'faults',
      faults: [expect.stringContaining('--config /nowhere.json')],
    });
  });

  it('prints help', () => {
    expect(readCommandLine(['-h'], {})).toEqual({ kind: 'help' });
  });
});
