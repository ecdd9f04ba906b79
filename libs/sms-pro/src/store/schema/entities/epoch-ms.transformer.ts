import type { ValueTransformer } from 'typeorm';

/** BIGINT comes back as a string from some drivers; all instants are epoch milliseconds, safe as numbers. */
export const epochMs: ValueTransformer = {
  to: (value: number | null | undefined) => value,
  from: (value: string | number | null) => (value === null ? null : Number(value)),
};
