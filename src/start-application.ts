import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { ValidationPipe, type DynamicModule, type INestApplication, type LoggerService } from '@nestjs/common';
import { HttpAdapterHost, NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { SmsProBalanceService, SmsProTransportError } from 'nestjs-sms-pro';
import { SETTINGS, type Settings } from './config/settings.js';
import { requestIssues } from './errors/request-issues.js';
import { SmsProErrorFilter } from './errors/sms-pro-error.filter.js';
import { Gateway } from './gateway/gateway.js';

/** Where the documentation page is. */
const DOCS_PATH = 'docs';

/** A running service. */
export interface RunningApplication {
  readonly app: INestApplication;
  readonly gateway: Gateway;
  /** Its address, as reached from this machine. */
  readonly url: string;
  readonly docsUrl: string;
  /** Where the gateway pushes delivery reports to. */
  readonly reportUrl: string;
  /** Absolute path of the SQLite file. */
  readonly database: string;
  /** Why the account could not be checked at the gateway, or `null`. */
  readonly unreachable: string | null;
}

/**
 * Starts the service and listens.
 * @throws the error that kept it from starting; nothing listens then, and its simulator ends with the process
 */
export async function startApplication(module: DynamicModule, logger: LoggerService): Promise<RunningApplication> {
  const app = await NestFactory.create(module, { abortOnError: false, logger });
  try {
    const settings = app.get<Settings>(SETTINGS);
    const gateway = app.get(Gateway);
    const unreachable = await checkAccount(app);
    app.useGlobalPipes(
      new ValidationPipe({
        whitelist: true,
        forbidNonWhitelisted: true,
        transform: true,
        exceptionFactory: requestIssues,
      }),
    );
    app.useGlobalFilters(new SmsProErrorFilter(app.get(HttpAdapterHost)));
    addDocs(app);
    await app.listen(settings.port, settings.host);
    const url = reachableUrl(app);
    const secret = settings.reportSecret === undefined ? '' : `/${settings.reportSecret}`;
    const reportUrl = `${url}/sms-pro/reports${secret}`;
    await gateway.simulator?.pushReportsTo(reportUrl);
    const docsUrl = `${url}/${DOCS_PATH}`;
    return { app, gateway, url, docsUrl, reportUrl, database: resolve(settings.database), unreachable };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/**
 * Wrong credentials must show at the start, not at the first SMS. A gateway that is down must not keep the service from
 * starting.
 */
async function checkAccount(app: INestApplication): Promise<string | null> {
  try {
    await app.get(SmsProBalanceService).getBalance();
    return null;
  } catch (error) {
    if (error instanceof SmsProTransportError) return error.message;
    throw error;
  }
}

function addDocs(app: INestApplication): void {
  const config = new DocumentBuilder()
    .setTitle('Notification service')
    .setDescription('Sends SMS through the SMS PRO gateway and shows their status.')
    .setVersion('1.0')
    .build();
  SwaggerModule.setup(DOCS_PATH, app, () => SwaggerModule.createDocument(app, config));
}

function reachableUrl(app: INestApplication): string {
  const { address, family, port } = app.getHttpServer().address() as AddressInfo;
  if (address === '0.0.0.0' || address === '::') return `http://127.0.0.1:${port}`;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
