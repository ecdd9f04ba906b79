import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../server/read-body.js';
import { SimulatorInputError } from '../settings/shape.js';
import type { Simulator } from '../simulator.js';
import { CONTROL_ROUTES } from './control-routes.js';

/** One request to the control API. */
export interface ControlExchange {
  /** The part after `/_control`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly simulator: Simulator;
}

/** Answers in JSON: 400 with `error` for an invalid request, 404 and 405 for an unknown path or method. */
export function handleControl(exchange: ControlExchange): void {
  readBody(exchange.request, (body) => {
    void answerControl(exchange, body);
  });
}

async function answerControl(exchange: ControlExchange, bytes: Buffer | null): Promise<void> {
  const { path, query, request, response, simulator } = exchange;
  const methods = CONTROL_ROUTES[path];
  if (methods === undefined) {
    sendJson(response, 404, { error: `No such path. There are: ${Object.keys(CONTROL_ROUTES).join(', ')}` });
    return;
  }
  const run = methods[request.method ?? ''];
  if (run === undefined) {
    response.setHeader('allow', Object.keys(methods).join(', '));
    sendJson(response, 405, { error: `Use ${Object.keys(methods).join(' or ')} here.` });
    return;
  }
  try {
    sendJson(response, 200, (await run(simulator, readJson(bytes), Object.fromEntries(query))) ?? { ok: true });
  } catch (error) {
    const known = error instanceof SimulatorInputError || error instanceof RangeError;
    sendJson(response, known ? 400 : 500, { error: error instanceof Error ? error.message : String(error) });
  }
}

function readJson(bytes: Buffer | null): unknown {
  if (bytes === null) throw new SimulatorInputError(['the body is longer than 1 MB']);
  const text = bytes.toString('utf8').trim();
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new SimulatorInputError(['the body is not JSON']);
  }
}

function sendJson(response: ServerResponse, httpStatus: number, value: unknown): void {
  response.writeHead(httpStatus, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(value));
}
