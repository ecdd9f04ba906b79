import { LRUCache } from 'lru-cache';
import { SmsProGatewayError, SmsProInputError } from '../errors/sms-pro.errors.js';
import type { PhoneLookup, SmsProGateway } from '../gateway/sms-pro.gateway.js';
import { normalizePhone, type PhonePolicy } from '../message/phone.js';

/** The settings of the cache; times in ms. */
export interface LookupRules {
  readonly cacheTtlMs: number;
  readonly missTtlMs: number;
  readonly cacheSize: number;
}

/** Status "not in the database". Source: the partner API, section 3, "статусы запроса". */
const NOT_IN_DATABASE = '4';

interface Answer {
  readonly found: PhoneLookup | null;
}

/** Looks phone numbers up. Free of charge; answers are cached in this process. */
export class SmsProLookupService {
  private readonly cache: LRUCache<string, Answer> | null;
  private readonly inFlight = new Map<string, Promise<Answer>>();

  constructor(
    private readonly rules: LookupRules,
    private readonly gateway: Pick<SmsProGateway, 'lookup'>,
    private readonly phones: PhonePolicy,
  ) {
    this.cache = rules.cacheSize > 0 ? new LRUCache({ max: rules.cacheSize }) : null;
  }

  /**
   * Region, operator and time zone of a phone (`/api/def`); `null` if it is not in the gateway's database, which has only
   * GSM numbers of Kyrgyzstan. Errors are not cached.
   *
   * @param phone in any common form, such as `+996 550 123456` or `0550123456`
   * @throws SmsProInputError if the phone is not valid
   * @throws SmsProGatewayError if the gateway refuses (section 3, "статусы запроса")
   * @throws SmsProTransportError if there is no answer
   * @throws SmsProProtocolError if the answer cannot be read
   */
  async lookup(phone: string): Promise<PhoneLookup | null> {
    const read = normalizePhone(phone, this.phones);
    if ('fault' in read) throw new SmsProInputError([{ path: 'phone', message: read.fault }]);
    const known = this.cache?.get(read.phone);
    if (known !== undefined) return known.found;
    // Callers with the same number at the same time share one request.
    const request = this.inFlight.get(read.phone) ?? this.query(read.phone);
    this.inFlight.set(read.phone, request);
    try {
      return (await request).found;
    } finally {
      this.inFlight.delete(read.phone);
    }
  }

  private async query(phone: string): Promise<Answer> {
    const answer = { found: await this.findInDatabase(phone) };
    const ttl = answer.found === null ? this.rules.missTtlMs : this.rules.cacheTtlMs;
    if (ttl > 0) this.cache?.set(phone, answer, { ttl });
    return answer;
  }

  private async findInDatabase(phone: string): Promise<PhoneLookup | null> {
    try {
      return await this.gateway.lookup(phone);
    } catch (error) {
      if (error instanceof SmsProGatewayError && error.status === NOT_IN_DATABASE) return null;
      throw error;
    }
  }
}
