import type { IncomingMessage } from 'node:http';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { claimBody } from './request-body.js';
import { FASTIFY_REPORT_MARK } from './report.controller.js';

type OnRequest = (request: { readonly raw: IncomingMessage }, reply: unknown, done: () => void) => void;

interface FastifyRoute {
  readonly url: string;
  readonly routePath?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  onRequest?: OnRequest | OnRequest[];
}

interface SlashOption {
  readonly ignoreTrailingSlash?: boolean;
}

interface FastifyLike {
  readonly initialConfig?: SlashOption & { readonly routerOptions?: SlashOption };
  addHook(name: 'onRoute', hook: (route: FastifyRoute) => void): unknown;
  route(route: FastifyRoute): unknown;
}

const hooked = new WeakSet<object>();

function isFastify(instance: unknown): instance is FastifyLike {
  return typeof instance === 'object' && instance !== null && 'addHook' in instance;
}

/** Whether the application itself ignores a trailing slash: Fastify would then refuse the same route a second time. */
function ignoresSlash({ initialConfig }: FastifyLike): boolean {
  return [initialConfig, initialConfig?.routerOptions].some((options) => options?.ignoreTrailingSlash === true);
}

const claim: OnRequest = (request, _reply, done) => {
  claimBody(request.raw);
  done();
};

/** Claims the bodies of the report route on Express, before any body parser of the application reads them. */
export function claimOnExpress(adapter: AbstractHttpAdapter | undefined, reportPath: string): void {
  if (adapter?.getType() !== 'express') return;
  const escaped = reportPath.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  // Under any global prefix and version, with or without a secret at its end.
  const route = new RegExp(`(?:^|/)${escaped}(?:/[^/?]*)?/?(?:\\?|$)`, 'i');
  const claimer = (request: IncomingMessage, _response: unknown, next: () => void) => {
    if (request.method === 'POST' && route.test(request.url ?? '')) claimBody(request);
    next();
  };
  adapter.use(claimer);
  bringToFront(adapter.getInstance(), claimer);
}

/** An application that creates the Express server itself may have added body parsers before Nest starts. */
function bringToFront(express: unknown, claimer: unknown): void {
  const stack: unknown = Object(Object(express).router).stack;
  if (!Array.isArray(stack)) return;
  const at = stack.findIndex((layer: unknown) => Object(layer).handle === claimer);
  if (at > 0) stack.unshift(...stack.splice(at, 1));
}

/**
 * Claims the bodies of the report route on Fastify, with a hook that is added before any route is registered and acts on
 * routes with our mark. It also accepts a slash at the end of the path, as Express does: people type the URL into the
 * gateway's cabinet.
 */
export function claimOnFastify(adapter: AbstractHttpAdapter | undefined): void {
  if (adapter?.getType() !== 'fastify') return;
  const fastify: unknown = adapter.getInstance();
  if (!isFastify(fastify) || hooked.has(fastify)) return;
  hooked.add(fastify);
  fastify.addHook('onRoute', (route) => {
    if (route.config?.[FASTIFY_REPORT_MARK] !== true) return;
    if (!ignoresSlash(fastify) && !route.url.endsWith('/')) {
      fastify.route({ ...route, url: `${route.routePath ?? route.url}/` });
    }
    route.onRequest = [claim, ...[route.onRequest ?? []].flat()];
  });
}
