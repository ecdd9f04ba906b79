import { Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { ApiExcludeController } from '@nestjs/swagger';
import { SmsProModule, type SmsProOptions } from 'nestjs-sms-pro';
import { AccountModule } from './account/account.module.js';
import { CampaignsModule } from './campaigns/campaigns.module.js';
import { SETTINGS, settingsFrom, type Settings } from './config/settings.js';
import { Gateway } from './gateway/gateway.js';
import { GatewayModule } from './gateway/gateway.module.js';
import { HealthModule } from './health/health.module.js';
import { LookupModule } from './lookup/lookup.module.js';
import { NotificationsModule } from './notifications/notifications.module.js';

/** Default sender when the simulator is used: it accepts any well-formed name. */
const SIMULATED_SENDER = 'Demo';

/** The notification service. */
@Module({})
export class AppModule {
  /** Reads settings from `environment` only; if it is omitted, from the process environment and the file `.env`. */
  static forEnvironment(environment?: NodeJS.ProcessEnv): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot({
          isGlobal: true,
          ignoreEnvFile: environment !== undefined,
          load: [settingsFrom(environment ?? process.env)],
        }),
        EventEmitterModule.forRoot(),
        ScheduleModule.forRoot(),
        SmsProModule.forRootAsync({
          imports: [GatewayModule],
          inject: [SETTINGS, Gateway],
          useFactory: smsProOptions,
          // Only the gateway calls the report route: it is left out of the documentation page.
          reportDecorators: [ApiExcludeController()],
        }),
        NotificationsModule,
        CampaignsModule,
        AccountModule,
        LookupModule,
        HealthModule,
      ],
    };
  }
}

function smsProOptions(settings: Settings, gateway: Gateway): SmsProOptions {
  const { login, password, baseUrl, simulator } = gateway;
  return {
    login,
    password,
    baseUrl,
    sender: settings.sender ?? (simulator === null ? undefined : SIMULATED_SENDER),
    database: { type: 'better-sqlite3', database: settings.database },
    reports: { secret: settings.reportSecret },
    polling: settings.polling,
  };
}
