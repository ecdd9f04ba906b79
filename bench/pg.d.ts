/** The part of the driver that the benchmarks use. */
declare module 'pg' {
  export interface PgResult {
    readonly rows: readonly Readonly<Record<string, unknown>>[];
  }
  export interface PgClient {
    query(sql: string, values?: readonly unknown[]): Promise<PgResult>;
    release(): void;
  }
  export class Pool {
    constructor(options: { readonly connectionString: string; readonly max: number });
    connect(): Promise<PgClient>;
    query(sql: string, values?: readonly unknown[]): Promise<PgResult>;
    end(): Promise<void>;
  }
}
