/** One way in which a database fails to open. */
export interface OpenFault {
  /** Codes of the driver or of the system. */
  readonly codes: readonly string[];
  /** Words of the driver's message, if it gives no code. */
  readonly text?: RegExp;
  /** The sentence that says how to fix it. It gets the name of the database, without credentials. */
  readonly sentence: (database: string) => string;
}

/** What a server that cannot be reached looks like, whatever the driver. */
export const UNREACHABLE: OpenFault = {
  codes: ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNRESET'],
  sentence: (server) => `The database ${server} does not answer. Start it, or correct host and port in "database".`,
};

/** The server refuses the credentials. */
export function userRefused(codes: readonly string[]): OpenFault {
  return {
    codes,
    sentence: (server) => `The database ${server} refuses the user. Correct username and password in "database".`,
  };
}

/** The server has no database of that name. */
export function databaseMissing(codes: readonly string[]): OpenFault {
  return {
    codes,
    sentence: (server) => `The database ${server} does not exist. Create it, or name another one in "database".`,
  };
}

/** The user may not create the module's tables. */
export function tablesForbidden(codes: readonly string[]): OpenFault {
  return {
    codes,
    sentence: (server) =>
      `The user may not create tables in the database ${server}. Grant it, or run SMS_PRO_MIGRATIONS as another user and set migrate: false.`,
  };
}
