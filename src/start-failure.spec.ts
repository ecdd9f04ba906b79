import { describe, expect, it } from '@jest/globals';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { SmsProConfigError, SmsProGatewayError } from 'nestjs-sms-pro';
import { explainStartFailure } from './start-failure.js';

describe('a start that fails', () => {
  it('names the port that is in use and the variable to change', async () => {
    const first = createServer().listen(0, '127.0.0.1');
    await once(first, 'listening');
    const { port } = first.address() as AddressInfo;
    const [error] = await once(createServer().listen(port, '127.0.0.1'), 'error');
    first.close();
    expect(explainStartFailure(error)).toBe(
      `Port ${port} is in use: stop what listens there, or set PORT to another one.`,
    );
  });

  it('names the variable where the module names its option', () => {
    expect(explainStartFailure(new SmsProConfigError('Name another file in "database".'))).toBe(
      'Name another file in SMS_PRO_DATABASE.',
    );
  });

  it('says which variables hold the credentials that were refused', () => {
    const line = explainStartFailure(new SmsProGatewayError('info', '2', 'Check them in the cabinet.', false));
    expect(line).toBe('The gateway refused SMS_PRO_LOGIN and SMS_PRO_PASSWORD (status 2). Check them in the cabinet.');
  });

  it('is one line whatever the error says', () => {
    expect(explainStartFailure(new Error('one\n  two\nthree'))).toBe('one two three');
    expect(explainStartFailure('gone')).toBe('gone');
  });
});
