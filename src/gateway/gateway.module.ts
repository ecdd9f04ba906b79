import { Module } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Gateway } from './gateway.js';

/** Decides where SMS go: to the gateway or, without credentials, to a simulator that is started here. */
@Module({
  providers: [
    { provide: Gateway, inject: [SETTINGS], useFactory: (settings: Settings) => Gateway.open(settings.account) },
  ],
  exports: [Gateway],
})
export class GatewayModule {}
