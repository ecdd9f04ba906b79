import {
  applyDecorators,
  BadRequestException,
  Controller,
  ForbiddenException,
  HttpCode,
  HttpException,
  Inject,
  NotFoundException,
  Param,
  PayloadTooLargeException,
  Post,
  Req,
  Res,
  ServiceUnavailableException,
  SetMetadata,
  UnauthorizedException,
  VERSION_NEUTRAL,
  type Type,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { XmlError } from '../gateway/xml.errors.js';
import { logFailed, type SmsProLogger } from '../options/sms-pro.logger.js';
import { proxySetupOf } from './proxy-setup.js';
import type { RefusalLog } from './refusal-log.js';
import type { AccessFault, ReportAccess } from './report-access.js';
import { ReportBodyError, readRequestBody } from './request-body.js';
import type { SmsProReportIntake } from './sms-pro-report-intake.js';

/** What the report route depends on. */
export interface ReportRoute {
  /** `false`: the route answers 404. */
  readonly enabled: boolean;
  readonly access: ReportAccess;
  readonly refusals: RefusalLog;
  readonly intake: SmsProReportIntake;
  readonly maxBodyBytes: number;
  readonly logger: SmsProLogger;
}

/** The token of the {@link ReportRoute} of one module instance. */
export const REPORT_ROUTE = Symbol('sms-pro:report-route');

/** The metadata key under which @nestjs/platform-fastify reads the config of a route. */
const FASTIFY_ROUTE_CONFIG = '__fastify_route_config__';

/** The metadata key by which @nestjs/swagger leaves a controller out: only the gateway calls this route. */
const SWAGGER_EXCLUDE = 'swagger/apiExcludeController';

/** Marks a Fastify route, in its config, as one whose body is claimed. */
export const FASTIFY_REPORT_MARK = 'smsProReports';

/** Time, in ms, in which the whole body of a push must arrive. */
const BODY_TIMEOUT_MS = 15_000;

interface RouteRequest {
  /** The client's address, after the application's proxy settings were applied. */
  readonly ip?: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

interface RouteResponse {
  header(name: string, value: string): unknown;
}

const RouteDecorators = () =>
  applyDecorators(HttpCode(200), SetMetadata(FASTIFY_ROUTE_CONFIG, { [FASTIFY_REPORT_MARK]: true }));

/** Makes the report controller of one module instance. Each needs its own class: the path is metadata of the class. */
export function makeReportController(path: string, decorators: readonly ClassDecorator[]): Type<unknown> {
  @Controller({ path, version: VERSION_NEUTRAL })
  @SetMetadata(SWAGGER_EXCLUDE, [true])
  class SmsProReportController {
    constructor(
      @Inject(REPORT_ROUTE) private readonly route: ReportRoute,
      @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    ) {}

    @Post()
    @RouteDecorators()
    async receive(@Req() request: RouteRequest, @Res({ passthrough: true }) response: RouteResponse): Promise<string> {
      return this.takeFrom(request, response, undefined);
    }

    @Post(':secret')
    @RouteDecorators()
    async receiveWithSecret(
      @Req() request: RouteRequest,
      @Res({ passthrough: true }) response: RouteResponse,
      @Param('secret') secret: string,
    ): Promise<string> {
      return this.takeFrom(request, response, secret);
    }

    private async takeFrom(
      request: RouteRequest,
      response: RouteResponse,
      secret: string | undefined,
    ): Promise<string> {
      const { enabled, access, refusals, intake, maxBodyBytes, logger } = this.route;
      if (!enabled || (secret !== undefined && !access.wantsSecret)) throw new NotFoundException();
      const address = request.ip;
      const fault = access.check(secret, address);
      if (fault !== null) {
        const isForwarded = request.headers['x-forwarded-for'] !== undefined;
        refusals.note({ fault, address, isForwarded }, proxySetupOf(this.adapterHost.httpAdapter));
        throw refusalOf(fault, access);
      }
      try {
        const { bytes, contentType } = await readRequestBody(request, {
          maxBytes: maxBodyBytes,
          timeoutMs: BODY_TIMEOUT_MS,
        });
        await intake.take(bytes, contentType);
        return 'OK';
      } catch (error) {
        throw httpError(error, response, logger);
      }
    }
  }
  for (const decorate of decorators) decorate(SmsProReportController);
  return SmsProReportController;
}

/** If both address and secret are required, both faults get one answer: it must not reveal which of the two was right. */
function refusalOf(fault: AccessFault, access: ReportAccess): HttpException {
  if (access.wantsBoth) return new ForbiddenException('This address or this path may not push reports.');
  return fault === 'address'
    ? new ForbiddenException('This address may not push reports.')
    : new UnauthorizedException('The path must end with the secret of the report route.');
}

function httpError(error: unknown, response: RouteResponse, logger: SmsProLogger): HttpException {
  if (error instanceof ReportBodyError) {
    // The unread rest of the body would be read as the next request on this connection.
    response.header('connection', 'close');
    return new HttpException(error.message, error.httpStatus);
  }
  if (error instanceof XmlError) {
    const message = `Not a report document: ${error.message}.`;
    return error.kind === 'too-large' ? new PayloadTooLargeException(message) : new BadRequestException(message);
  }
  logFailed(
    (text) => logger.error(text),
    error,
    (why) => `A push could not be stored: ${why}. It is answered with 503, so that the gateway pushes it again.`,
  );
  return new ServiceUnavailableException('The report could not be stored. Push it again.');
}
