import { LRUCache } from 'lru-cache';
import { SmsProGatewayError, SmsProInputError } from '../errors/sms-pro.errors.js';
import type { PhoneLookup, SmsProGateway } from '../gateway/sms-pro.gateway.js';
import { normalizePhone, type PhonePolicy } from '../message/phone.js';

/** The numbers of the cache. */
export interface LookupRules {
  readonly cacheTtlMs: number;
  readonly missTtlMs: number;
  readonly cacheSize: number;
}

/** "Not in the base". Source: the partner API, statuses of `/api/def`. */
const NOT_IN_BASE = '4';

interface Answer {
  readonly found: PhoneLookup | null;
}

/** Looks numbers up: free of charge, and cached in this process. */
export class SmsProLookupService {
  private readonly cache: LRUCache<string, Answer> | null;
  private readonly asking = new Map<string, Promise<Answer>>();

  constructor(
    private readonly rules: LookupRules,
    private readonly gateway: Pick<SmsProGateway, 'lookup'>,
    private readonly phones: PhonePolicy,
  ) {
    this.cache = rules.cacheSize > 0 ? new LRUCache({ max: rules.cacheSize }) : null;
  }

  /**
   * Region, operator and time zone of a phone (`/api/def`), or `null` for one that is not in the gateway's base.
   * Only GSM numbers of Kyrgyzstan are. `utcOffsetHours` is `null` where the gateway does not know it.
   *
   * @throws SmsProInputError for what is no phone
   * @throws SmsProGatewayError when the gateway refuses; nothing is cached then
   * @throws SmsProTransportError when it cannot be reached
   */
  async lookup(phone: string): Promise<PhoneLookup | null> {
    const read = normalizePhone(phone, this.phones);
    if ('fault' in read) throw new SmsProInputError([{ path: 'phone', message: read.fault }]);
    const known = this.cache?.get(read.phone);
    if (known !== undefined) return known.found;
    // Ten callers at once for one number are one question.
    const asking = this.asking.get(read.phone) ?? this.ask(read.phone);
    this.asking.set(read.phone, asking);
    try {
      return (await asking).found;
    } finally {
      this.asking.delete(read.phone);
    }
  }

  private async ask(phone: string): Promise<Answer> {
    const answer = { found: await this.inBase(phone) };
    const ttl = answer.found === null ? this.rules.missTtlMs : this.rules.cacheTtlMs;
    if (ttl > 0) this.cache?.set(phone, answer, { ttl });
    return answer;
  }

  private async inBase(phone: string): Promise<PhoneLookup | null> {
    try {
      return await this.gateway.lookup(phone);
    } catch (error) {
      if (error instanceof SmsProGatewayError && error.status === NOT_IN_BASE) return null;
      throw error;
    }
  }
}
