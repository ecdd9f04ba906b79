/** Returns what is wrong with a value, or null when nothing is. */
export type Check = (value: unknown) => string | null;

/** One check for every key of T: if a key of T has none, it does not compile. */
export type Shape<T> = { readonly [Key in keyof Required<T>]: Check };

/** An invalid setting: thrown by every method that takes settings, and 400 in the control API. */
export class SimulatorInputError extends Error {
  readonly code = 'SIMULATOR_INPUT';

  constructor(readonly faults: readonly string[]) {
    super(faults.join('; '));
    this.name = 'SimulatorInputError';
  }
}

/** @throws SimulatorInputError with every fault found, not only the first */
export function assertShape<T>(value: unknown, shape: Shape<T>, what: string): asserts value is T {
  const faults = findFaults(value, shape, what);
  if (faults.length > 0) throw new SimulatorInputError(faults);
}

/** Every fault of an object: unknown keys, and values that fail their check. Undefined means "not set". */
export function findFaults<T>(value: unknown, shape: Shape<T>, what: string): string[] {
  if (!isObject(value)) return [`${what} must be an object`];
  const checks: Readonly<Record<string, Check>> = shape;
  return Object.entries(value).flatMap(([key, given]) => {
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (check === undefined) return [`${what} has no setting "${key}"; it knows ${Object.keys(checks).join(', ')}`];
    const fault = given === undefined ? null : check(given);
    return fault === null ? [] : [`${what}.${key} ${fault}`];
  });
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const isText: Check = (value) => (typeof value === 'string' ? null : 'must be text');
export const isFilled: Check = (value) =>
  typeof value === 'string' && value !== '' ? null : 'must be text that is not empty';
export const isFlag: Check = (value) => (typeof value === 'boolean' ? null : 'must be true or false');
export const isInteger: Check = (value) => (Number.isSafeInteger(value) ? null : 'must be a whole number');
export const isCount: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? null : 'must be a whole number from 0';
export const isPositive: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 1 ? null : 'must be a whole number from 1';
export const isDuration: Check = (value) =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? null : 'must be milliseconds from 0';
export const isProbability: Check = (value) =>
  typeof value === 'number' && value >= 0 && value <= 1 ? null : 'must be between 0 and 1';

export function orNull(check: Check): Check {
  return (value) => (value === null ? null : (check(value)?.concat(' or null') ?? null));
}

export function isOneOf(...allowed: readonly (string | number)[]): Check {
  return (value) => (allowed.some((one) => one === value) ? null : `must be one of ${allowed.join(', ')}`);
}

export function isListOf(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return 'must be a list';
    const faults = value.map(check);
    const index = faults.findIndex((fault) => fault !== null);
    return index < 0 ? null : `[${index}] ${faults[index]}`;
  };
}

/** A list of objects of one shape. */
export function isShape<T>(shape: Shape<T>): Check {
  return (value) => findFaults(value, shape, 'item')[0] ?? null;
}
