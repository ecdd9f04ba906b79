import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { startSimulator, type SimulatorOptions } from 'sms-pro-simulator';
import { CODE_MARK, CODE_MARK_LENGTH, type GatewayAnswer, type GatewayRequest } from './gateway-words.js';

/** The gateway of the benchmarks, in a process of its own. It also tells when a request arrived and how many were answered. */

const LOGIN = 'demo';
const SENDS = '/api/message';

let answered = 0;
const waiting: { readonly amount: number; readonly tell: () => void }[] = [];

function say(answer: GatewayAnswer): void {
  process.send?.(answer);
}

/** Tells when the first bytes of a request with a marked text arrive. It does not consume the stream. */
function listenForCodes(request: IncomingMessage): void {
  const push = request.push.bind(request);
  request.push = (chunk: unknown, ...rest: []) => {
    const at = process.hrtime.bigint();
    if (chunk instanceof Buffer) {
      const place = chunk.indexOf(CODE_MARK);
      if (place !== -1) {
        const mark = chunk.toString('latin1', place, place + CODE_MARK_LENGTH);
        say({ kind: 'seen', mark, at: String(at) });
      }
    }
    return push(chunk, ...rest);
  };
}

subscribe('http.server.request.start', (message) => {
  const { request } = message as { readonly request: IncomingMessage };
  if (request.url === SENDS) listenForCodes(request);
});

subscribe('http.server.response.finish', (message) => {
  const { request } = message as { readonly request: IncomingMessage; readonly response: ServerResponse };
  if (request.url !== SENDS) return;
  answered += 1;
  for (const one of waiting.filter(({ amount }) => answered >= amount)) {
    waiting.splice(waiting.indexOf(one), 1);
    one.tell();
  }
});

const simulator = await startSimulator(JSON.parse(process.env['BENCH_SIMULATOR'] ?? '{}') as SimulatorOptions);
simulator.setAccount({ login: LOGIN, balance: '1000000000.00' });

process.on('disconnect', () => process.exit(0));
process.on('message', (request: GatewayRequest) => {
  const { id, ask } = request;
  const done = (value: unknown = null) => say({ kind: 'done', id, value });
  switch (ask.what) {
    case 'answered':
      return done(answered);
    case 'until-answered': {
      const tell = () => done(String(process.hrtime.bigint()));
      if (answered >= ask.amount) tell();
      else waiting.push({ amount: ask.amount, tell });
      return;
    }
    case 'latency':
      simulator.setFaults(ask.ms === 0 ? [] : [{ action: 'latency', call: 'message', ms: ask.ms }]);
      return done();
    case 'push-to':
      simulator.setAccount({ login: LOGIN, reportUrl: ask.url });
      return done();
    case 'stats':
      return done(simulator.stats());
  }
});
say({ kind: 'ready', url: simulator.url });
