import fastifyCompress from '@fastify/compress';
import fastifyHelmet from '@fastify/helmet';
import {
  BadRequestException,
  Body,
  Controller,
  ForbiddenException,
  Post,
  SetMetadata,
  ValidationPipe,
  VersioningType,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { IsInt } from 'class-validator';
import compression from 'compression';
import express from 'express';
import helmet from 'helmet';
import { map, type Observable } from 'rxjs';

/** Opens a route of the hostile host to the world. */
export const Public = SetMetadata('public', true);

/** What a host's own guard does that lets in only what is marked as public. */
class DenyingGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride('public', [context.getHandler(), context.getClass()]) === true) return true;
    throw new ForbiddenException();
  }
}

class WrappingInterceptor implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((answer: unknown) => ({ data: answer })));
  }
}

class Order {
  @IsInt()
  amount!: number;
}

/** Routes of the host itself, which show that it is as hostile as it says. */
@Controller('host')
export class HostController {
  @Public
  @Post('echo')
  echo(@Body() body: unknown): unknown {
    return { type: typeof body, body, padding: 'x'.repeat(4_096) };
  }

  @Public
  @Post('orders')
  order(@Body() order: Order): unknown {
    return order.amount;
  }

  @Post('closed')
  closed(): string {
    return 'never';
  }
}

/** How the host reads every body, whatever its type: a text, or JSON, which a report is not. */
export type CatchAll = 'text' | 'json';

function isExpress(app: INestApplication): app is NestExpressApplication {
  return app.getHttpAdapter().getType() === 'express';
}

async function disturbFastify(app: NestFastifyApplication, catchAll: CatchAll): Promise<void> {
  await app.register(fastifyHelmet);
  await app.register(fastifyCompress, { threshold: 0 });
  const fastify = app.getHttpAdapter().getInstance();
  fastify.removeAllContentTypeParsers();
  // Nest adds its own for JSON and forms.
  for (const type of ['*', 'text/plain']) {
    fastify.addContentTypeParser(type, { parseAs: 'string' }, (_request, body, done) => {
      try {
        done(null, catchAll === 'json' ? JSON.parse(String(body)) : body);
      } catch {
        done(new BadRequestException());
      }
    });
  }
}

/** All that a host may do to every route at once. */
export function hostile(catchAll: CatchAll) {
  return async (app: INestApplication): Promise<void> => {
    app.setGlobalPrefix('api');
    app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
    app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
    app.useGlobalGuards(new DenyingGuard(app.get(Reflector)));
    app.useGlobalInterceptors(new WrappingInterceptor());
    if (!isExpress(app)) return disturbFastify(app as NestFastifyApplication, catchAll);
    app.use(helmet(), compression({ threshold: 0 }));
    app.use(catchAll === 'text' ? express.text({ type: '*/*' }) : express.json({ type: '*/*' }));
  };
}
