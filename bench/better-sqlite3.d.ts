/** The part of the driver that the benchmarks use. */
declare module 'better-sqlite3' {
  interface Statement {
    run(...parameters: readonly (string | number | null)[]): unknown;
    get(...parameters: readonly (string | number | null)[]): unknown;
  }
  export default class Database {
    constructor(file: string);
    pragma(source: string): unknown;
    exec(sql: string): unknown;
    prepare(sql: string): Statement;
    close(): void;
  }
}
