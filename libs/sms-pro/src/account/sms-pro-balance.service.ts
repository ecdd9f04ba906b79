import type { SmsProGateway } from '../gateway/sms-pro.gateway.js';
import type { Clock } from '../message/clock.js';
import type { AccountStore } from '../store/account/account.store.js';
import { compareDecimals } from '../message/decimal.js';

/** The state of the account at the gateway. Money is a decimal string in the account's currency, never a float. */
export interface SmsProBalance {
  /** Money on the account, without credit; can be negative. */
  readonly balance: string;
  /** Price of one segment. */
  readonly smsPrice: string;
  /** `false`: not active, blocked, or a test account. */
  readonly active: boolean;
  /** When the gateway was queried. */
  readonly checkedAt: Date;
}

/** Queries the balance. */
export class SmsProBalanceService {
  constructor(
    private readonly lowBelow: string | undefined,
    private readonly gateway: Pick<SmsProGateway, 'getAccount'>,
    private readonly accounts: AccountStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Queries the balance from the gateway now (`/api/info`) and stores the answer. Emits `balance.low` if the balance is
   * below `balance.lowBelow`: once, until it has been at or above the limit again.
   *
   * @throws SmsProGatewayError if the gateway refuses (section 4, "статусы запроса"); its `hint` says how to fix it
   * @throws SmsProTransportError if there is no answer
   * @throws SmsProProtocolError if the answer cannot be read
   * @throws SmsProStoreError if the answer cannot be stored
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
