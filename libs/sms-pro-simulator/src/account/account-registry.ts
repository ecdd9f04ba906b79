import { changeAccount, DEMO_ACCOUNT, type Account, type SimulatorAccount } from './account.js';

/** The accounts of one simulator, by login. */
export class AccountRegistry {
  private readonly byLogin = new Map<string, Account>();

  /** @throws SimulatorInputError */
  constructor(accounts: readonly SimulatorAccount[] = [DEMO_ACCOUNT]) {
    for (const account of accounts) this.set(account);
  }

  find(login: string): Account | undefined {
    return this.byLogin.get(login);
  }

  all(): Account[] {
    return [...this.byLogin.values()];
  }

  /**
   * Changes the account with this login, or adds one.
   * @throws SimulatorInputError
   */
  set(changes: Partial<SimulatorAccount>): Account {
    const before = this.byLogin.get(changes?.login ?? '');
    const changed = changeAccount(before, changes);
    // The object stays the same: a packet that is being processed bills the account it was checked against.
    const account = before === undefined ? changed : Object.assign(before, changed);
    this.byLogin.set(account.login, account);
    return account;
  }
}
