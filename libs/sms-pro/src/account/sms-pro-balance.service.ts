import type { SmsProGateway } from '../gateway/sms-pro.gateway.js';
import type { Clock } from '../message/clock.js';
import type { AccountStore } from '../store/account/account.store.js';
import { compareDecimals } from '../message/decimal.js';

/** What the gateway says of the account. Money is a decimal string in the account's currency, never a float. */
export interface SmsProBalance {
  /** Money on the account, without credit; can be negative. */
  readonly balance: string;
  /** Price of one segment. */
  readonly smsPrice: string;
  /** `false`: not active, blocked, or a test account. */
  readonly active: boolean;
  readonly checkedAt: Date;
}

/** Asks for the balance. */
export class SmsProBalanceService {
  constructor(
    private readonly lowBelow: string | undefined,
    private readonly gateway: Pick<SmsProGateway, 'getAccount'>,
    private readonly accounts: AccountStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Asks the gateway for the balance now (`/api/info`), and keeps the answer. Tells `balance.low` when it has
   * fallen below `balance.lowBelow`, once until it was above again.
   *
   * @throws SmsProGatewayError when the gateway refuses (its `hint` says where to mend it)
   * @throws SmsProTransportError when it cannot be reached
   */
  async getBalance(): Promise<SmsProBalance> {
    const { balance, smsPrice, active } = await this.gateway.getAccount();
    const checkedAt = this.clock.now();
    const below = this.lowBelow;
    const low = below === undefined ? null : { below, isLow: compareDecimals(balance, below) < 0 };
    await this.accounts.keepAccount({ balance, smsPrice, active, checkedAt }, low);
    return { balance, smsPrice, active, checkedAt: new Date(checkedAt) };
  }
}
