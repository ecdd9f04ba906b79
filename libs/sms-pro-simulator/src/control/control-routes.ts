import type { SimulatorAccount } from '../account/account.js';
import type { FaultRule } from '../faults/fault-rule.js';
import { assertShape, isDuration, isInteger, isText, SimulatorInputError, type Shape } from '../settings/shape.js';
import type { ForcedReportRequest, PacketFilter, Simulator } from '../simulator.js';
import type { AnswerForm } from '../wire/answers.js';

type Run = (simulator: Simulator, body: unknown, query: Record<string, string>) => unknown;

const FILTER: Shape<PacketFilter> = { account: isText, packetId: isText, phone: isText };
const FORCED: Shape<ForcedReportRequest> = { ...FILTER, report: isInteger };

// The bodies are `unknown` here on purpose: the simulator's own methods check them, so that the same rules apply to a
// test, the control API and a configuration file.
const setDials: Run = (simulator, body) => (simulator.setDials(body as object), simulator.state().dials);
const setPush: Run = (simulator, body) => (simulator.setPush(body as object), simulator.state().push);
const setLives: Run = (simulator, body) => (simulator.setLives(body as object), simulator.state().lives);
const setAccounts: Run = (simulator, body) => {
  for (const account of Array.isArray(body) ? body : [body]) simulator.setAccount(account as SimulatorAccount);
  return simulator.state().accounts;
};
const addFaults: Run = (simulator, body) => {
  for (const rule of Array.isArray(body) ? body : [body]) simulator.addFault(rule as FaultRule);
  return simulator.state().faults;
};
const replaceFaults: Run = (simulator, body) => {
  if (!Array.isArray(body)) throw new SimulatorInputError(['faults must be a list']);
  simulator.setFaults(body as FaultRule[]);
  return simulator.state().faults;
};

function readFilter(value: unknown): PacketFilter {
  assertShape<PacketFilter>(value, FILTER, 'filter');
  return value;
}

/** The control API: what it does, by path below `/_control` and method. */
export const CONTROL_ROUTES: Readonly<Record<string, Readonly<Record<string, Run>>>> = {
  '/health': { GET: () => ({ status: 'ok' }) },
  '/state': { GET: (simulator) => simulator.state() },
  '/stats': { GET: (simulator) => simulator.stats() },
  '/ledger': { GET: (simulator, _body, query) => simulator.ledger(readFilter(query)) },
  '/doubles': { GET: (simulator) => simulator.doubles() },
  '/requests': { GET: (simulator) => simulator.requests() },
  '/packets': { GET: (simulator, _body, query) => simulator.packets(readFilter(query)) },
  '/pushes': { GET: (simulator) => simulator.pushes() },
  '/accounts': { GET: (simulator) => simulator.state().accounts, POST: setAccounts, PUT: setAccounts },
  '/dials': { GET: (simulator) => simulator.state().dials, POST: setDials, PUT: setDials },
  '/lives': { GET: (simulator) => simulator.state().lives, POST: setLives, PUT: setLives },
  '/push': {
    GET: (simulator) => simulator.state().push,
    PUT: setPush,
    POST: async (simulator, body) => ({ reports: await simulator.pushReports(readFilter(body)) }),
  },
  '/faults': {
    GET: (simulator) => simulator.state().faults,
    POST: addFaults,
    PUT: replaceFaults,
    DELETE: (simulator) => simulator.clearFaults(),
  },
  '/answer-form': {
    PUT: (simulator, body) => {
      assertShape<{ form: string }>(body, { form: isText }, 'answer-form');
      simulator.setAnswerForm(body.form as AnswerForm);
    },
  },
  '/report': {
    POST: (simulator, body) => {
      assertShape<ForcedReportRequest>(body, FORCED, 'report');
      if (body.packetId === undefined || body.report === undefined) {
        throw new SimulatorInputError(['report needs packetId and report']);
      }
      return { phones: simulator.forceReport(body) };
    },
  },
  '/forget-push': {
    POST: (simulator, body) => {
      assertShape<{ phone: string }>(body, { phone: isText }, 'forget-push');
      if (body.phone === undefined) throw new SimulatorInputError(['forget-push needs a phone']);
      simulator.forgetPush(body.phone);
    },
  },
  '/flush': { POST: (simulator) => simulator.flush() },
  '/clock': { GET: (simulator) => ({ now: simulator.clock.now() }) },
  '/clock/advance': {
    POST: async (simulator, body) => {
      assertShape<{ ms: number }>(body, { ms: isDuration }, 'advance');
      if (body.ms === undefined) throw new SimulatorInputError(['advance needs ms']);
      await simulator.advance(body.ms);
      return { now: simulator.clock.now() };
    },
  },
  '/reset': { POST: (simulator) => simulator.reset() },
};
