/** As much of the driver as the floor of the benchmarks uses. */
declare module 'better-sqlite3' {
  interface Statement {
    run(...parameters: readonly (string | number)[]): unknown;
  }
  export default class Database {
    constructor(file: string);
    pragma(source: string): unknown;
    exec(sql: string): unknown;
    prepare(sql: string): Statement;
    transaction<P extends readonly unknown[]>(work: (...parameters: P) => void): (...parameters: P) => void;
    close(): void;
  }
}
