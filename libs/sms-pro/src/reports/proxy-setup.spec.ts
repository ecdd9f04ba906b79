import { describe, expect, it } from '@jest/globals';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { proxySetupOf, trustedProxies } from './proxy-setup.js';

describe('the proxies that an application trusts', () => {
  it.each([
    [undefined, 'nobody'],
    [false, 'nobody'],
    [0, 'nobody'],
    ['', 'nobody'],
    [[], 'nobody'],
    [1, 'some'],
    ['loopback', 'some'],
    ['10.0.0.1, 10.0.0.2', 'some'],
    [['10.0.0.0/8', '::1'], 'some'],
    [() => false, 'some'],
    [(_address: string, hop: number) => hop < 2, 'some'],
    [(address: string) => address.startsWith('10.'), 'some'],
    [true, 'everybody'],
    [() => true, 'everybody'],
    ['0.0.0.0/0', 'everybody'],
    [['10.0.0.1', '::/0'], 'everybody'],
  ])('%p: %s', (setting, trusted) => {
    expect(trustedProxies(setting)).toBe(trusted);
  });

  it.each([
    ['nobody', undefined],
    ['some', 'loopback'],
    ['some', 1],
    ['everybody', true],
  ])('%s is read from Express: %p', (trusted, setting) => {
    const express = new ExpressAdapter();
    if (setting !== undefined) express.set('trust proxy', setting);
    expect(proxySetupOf(express)).toMatchObject({ trusted, remedy: expect.stringContaining("'trust proxy'") });
  });

  it.each([
    ['nobody', undefined],
    ['some', 'loopback'],
    // Fastify does not count hops: it trusts nobody then.
    ['nobody', 1],
    ['everybody', true],
  ])('%s is read from Fastify: %p', (trusted, setting) => {
    const fastify =
      setting === undefined ? new FastifyAdapter() : new FastifyAdapter({ trustProxy: setting as string });
    expect(proxySetupOf(fastify)).toMatchObject({ trusted, remedy: expect.stringContaining('trustProxy') });
  });

  it('is not known where there is no HTTP server', () => {
    expect(proxySetupOf(undefined)).toBeNull();
  });
});
