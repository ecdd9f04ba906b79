import type { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { SmsProConfigError, type SmsProIssue } from '../errors/sms-pro.errors.js';
import { marksOf } from './on-sms-pro.decorator.js';
import type { Subscriber } from './subscriber.js';

type ProviderWrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** The longest `Class.method`, in characters. */
const MAX_ID_LENGTH = 128;

/** Finds all methods of providers and controllers with `@OnSmsPro`, for one account. */
export class SubscriberDiscovery {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly account: string,
  ) {}

  /**
   * @throws SmsProConfigError if two classes with the same name would share their deliveries, a handler is in a
   * request-scoped provider, or `Class.method` is too long
   */
  find(): Subscriber[] {
    const issues: SmsProIssue[] = [];
    const owners = new Map<string, object>();
    const subscribers: Subscriber[] = [];
    for (const wrapper of new Set([...this.discovery.getProviders(), ...this.discovery.getControllers()])) {
      if (wrapper.isAlias) continue;
      for (const subscriber of this.ofWrapper(wrapper, issues)) {
        const owner = owners.get(subscriber.id);
        const type = wrapper.metatype ?? wrapper;
        if (owner !== undefined && owner !== type) {
          issues.push({
            path: subscriber.id,
            message: 'names two classes: deliveries are kept by Class.method, so rename one of them',
          });
        }
        owners.set(subscriber.id, type);
        subscribers.push(subscriber);
      }
    }
    if (issues.length > 0) throw new SmsProConfigError(issues);
    return subscribers;
  }

  private ofWrapper(wrapper: ProviderWrapper, issues: SmsProIssue[]): Subscriber[] {
    const prototype = prototypeOf(wrapper);
    if (prototype === null) return [];
    const className = prototype.constructor.name;
    return this.scanner.getAllMethodNames(prototype).flatMap((methodName) => {
      const method: unknown = Reflect.get(prototype, methodName);
      if (typeof method !== 'function') return [];
      const marks = marksOf(method).filter(({ account }) => account === undefined || account === this.account);
      if (marks.length === 0) return [];
      const id = `${className}.${methodName}`;
      if (!wrapper.isDependencyTreeStatic()) {
        issues.push({ path: id, message: 'is in a request-scoped provider: @OnSmsPro needs a singleton' });
      }
      if (id.length > MAX_ID_LENGTH) issues.push({ path: id, message: `is longer than ${MAX_ID_LENGTH} characters` });
      return marks.map(({ eventName }) => ({
        id,
        eventName,
        // The instance is read at each call: discovery runs before every provider is ready.
        call: async (event: unknown) => {
          await method.call(wrapper.instance, event);
        },
      }));
    });
  }
}

function prototypeOf(wrapper: ProviderWrapper): object | null {
  const instance: unknown = wrapper.instance;
  if (typeof instance === 'object' && instance !== null) {
    const prototype: unknown = Object.getPrototypeOf(instance);
    return typeof prototype === 'object' ? prototype : null;
  }
  const { metatype } = wrapper;
  // A request-scoped provider has no instance yet, but its class has the methods.
  const prototype: unknown = typeof metatype === 'function' ? metatype.prototype : null;
  return typeof prototype === 'object' ? prototype : null;
}
