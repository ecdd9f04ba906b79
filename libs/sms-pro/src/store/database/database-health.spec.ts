import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DatabaseHealth } from './database-health.js';
import { SmsProStoreError } from './store-error.js';

const FULL = new SmsProStoreError(Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' }));

describe('a database that fails', () => {
  let lines: string[];
  let health: DatabaseHealth;

  beforeEach(() => {
    jest.useFakeTimers();
    lines = [];
    health = new DatabaseHealth({
      error: (text) => lines.push(`error ${text}`),
      log: (text) => lines.push(`log ${text}`),
    });
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('is logged once a second at most, with the code', () => {
    for (let ms = 0; ms < 3_000; ms += 10) {
      health.failed(FULL);
      jest.advanceTimersByTime(10);
    }
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain('SQLITE_FULL; 1 failed steps');
    expect(lines[2]).toContain('201 failed steps');
  });

  it('is logged as over once, after a commit that no failure follows', () => {
    health.failed(FULL);
    jest.advanceTimersByTime(4_000);
    for (let commit = 0; commit < 3; commit += 1) health.succeeded();
    expect(lines).toHaveLength(1);
    jest.advanceTimersByTime(60_000);
    health.succeeded();
    jest.advanceTimersByTime(60_000);
    expect(lines.slice(1)).toEqual(['log The database works again: 1 steps failed within 5 s.']);
  });

  it('is not over while large steps fail and small ones are stored, and fills no log', () => {
    for (let ms = 0; ms < 3_000; ms += 10) {
      health.failed(FULL);
      health.succeeded();
      jest.advanceTimersByTime(10);
    }
    expect(lines.map((line) => line.slice(0, 5))).toEqual(['error', 'error', 'error']);
  });

  it('is not meant by an error of the application', () => {
    health.failed(new TypeError('of a handler'));
    health.succeeded();
    jest.advanceTimersByTime(60_000);
    expect(lines).toEqual([]);
  });
});
