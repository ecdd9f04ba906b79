import type { IncomingMessage } from 'node:http';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { claimBody } from './request-body.js';
import { FASTIFY_REPORT_MARK } from './report.controller.js';

type OnRequest = (request: { readonly raw: IncomingMessage }, reply: unknown, done: () => void) => void;

interface FastifyRoute {
  readonly config?: Readonly<Record<string, unknown>>;
  onRequest?: OnRequest | OnRequest[];
}

interface FastifyLike {
  addHook(name: 'onRoute', hook: (route: FastifyRoute) => void): unknown;
}

const hooked = new WeakSet<object>();

function isFastify(instance: unknown): instance is FastifyLike {
  return typeof instance === 'object' && instance !== null && 'addHook' in instance;
}

const claim: OnRequest = (request, _reply, done) => {
  claimBody(request.raw);
  done();
};

/** Claims the report route's bodies on Express: registered before any body parser of the host. */
export function claimOnExpress(adapter: AbstractHttpAdapter | undefined, reportPath: string): void {
  if (adapter?.getType() !== 'express') return;
  const escaped = reportPath.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  // Under any global prefix and version, with or without a secret behind it.
  const route = new RegExp(`(?:^|/)${escaped}(?:/[^/?]*)?/?(?:\\?|$)`, 'i');
  adapter.use((request: IncomingMessage, _response: unknown, next: () => void) => {
    if (request.method === 'POST' && route.test(request.url ?? '')) claimBody(request);
    next();
  });
}

/** Claims the report route's bodies on Fastify: a hook on routes that carry the mark, added before any is registered. */
export function claimOnFastify(adapter: AbstractHttpAdapter | undefined): void {
  if (adapter?.getType() !== 'fastify') return;
  const fastify: unknown = adapter.getInstance();
  if (!isFastify(fastify) || hooked.has(fastify)) return;
  hooked.add(fastify);
  fastify.addHook('onRoute', (route) => {
    if (route.config?.[FASTIFY_REPORT_MARK] !== true) return;
    route.onRequest = [claim, ...[route.onRequest ?? []].flat()];
  });
}
