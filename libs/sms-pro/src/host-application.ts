import { Injectable } from '@nestjs/common';
import { DiscoveryService, HttpAdapterHost, MetadataScanner, ModulesContainer } from '@nestjs/core';
import type { Subscriber } from './events/subscriber.js';
import { SubscriberDiscovery } from './events/subscriber-discovery.js';

/** The Nest application that a module instance runs in: its HTTP server, its modules and its providers. */
@Injectable()
export class HostApplication {
  constructor(
    private readonly modules: ModulesContainer,
    private readonly adapterHost: HttpAdapterHost,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** Express or Fastify; `undefined` in an application without an HTTP server. */
  get httpAdapter(): HttpAdapterHost['httpAdapter'] | undefined {
    return this.adapterHost.httpAdapter;
  }

  /** Every instance of a module class in the application. */
  instancesOf<T extends object>(moduleClass: abstract new (...parameters: never[]) => T): T[] {
    const own = [...this.modules.values()].filter(({ metatype }) => metatype === moduleClass);
    return own.flatMap(({ instance }: { instance: unknown }) => (instance instanceof moduleClass ? [instance] : []));
  }

  /**
   * The `@OnSmsPro` methods of one account.
   * @throws SmsProConfigError if a method cannot be a subscriber
   */
  subscribersOf(account: string): Subscriber[] {
    return new SubscriberDiscovery(this.discovery, this.scanner, account).find();
  }
}
