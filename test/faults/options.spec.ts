import { describe, expect, it } from '@jest/globals';
import { readOptions, type RunPlan } from './options.js';

const SEED = 42;

function plansOf(...args: string[]): readonly RunPlan[] {
  const options = readOptions(args, SEED);
  if (options.kind !== 'run') throw new Error(`No run: ${JSON.stringify(options)}`);
  return options.plans;
}

describe('the command line', () => {
  it('asks for every database under both readings', () => {
    expect(plansOf().map(({ database, dedupe, processes }) => `${database} ${dedupe} ${processes}`)).toEqual([
      'sqlite forever 1',
      'sqlite consecutive 1',
      'postgres forever 3',
      'postgres consecutive 3',
      'mariadb forever 3',
      'mariadb consecutive 3',
    ]);
    expect(plansOf().every(({ recipients, seed }) => recipients === 10_000 && seed === SEED)).toBe(true);
  });

  it('takes the readings in turn where it is to be quick', () => {
    expect(plansOf('--quick').map(({ database, dedupe }) => `${database} ${dedupe}`)).toEqual([
      'sqlite forever',
      'postgres consecutive',
      'mariadb forever',
    ]);
  });

  it('takes what is named', () => {
    const plans = plansOf('--database', 'postgres', '--dedupe', 'consecutive', '--processes', '5', '--minutes', '2');
    expect(plans).toMatchObject([{ database: 'postgres', dedupe: 'consecutive', processes: 5, boundMs: 120_000 }]);
  });

  it('says every fault at once', () => {
    expect(readOptions(['--database', 'oracle', '--recipients', '0'], SEED)).toEqual({
      kind: 'faults',
      faults: [
        '--database is sqlite, postgres, mariadb or all, not "oracle".',
        '--recipients is a number above 0, not "0".',
      ],
    });
  });

  it('knows no other option', () => {
    expect(readOptions(['--fast'], SEED).kind).toBe('faults');
  });
});
