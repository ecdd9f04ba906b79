import type { SmsReceipt } from 'nestjs-sms-pro';
import { AppLogger } from '../app.logger.js';
import { SIMULATED_ACCOUNT, SimulatorProcess } from '../gateway/simulator.process.js';
import { startApplication, type RunningApplication } from '../start-application.js';
import { counted, progressLine, shownPhone, shownTime, type Paint } from './demo-lines.js';
import { DemoGateway } from './demo.gateway.js';
import { DemoJournal } from './demo.journal.js';
import { DemoModule } from './demo.module.js';
import { APPROVED_SENDER, DEMO_MESSAGES, FORGOTTEN_PHONE, type DemoMessage } from './demo.scenario.js';
import { billingLine, endingLines, findProblems } from './demo.summary.js';
import { makeFresh } from './fresh-file.js';
import { readStoredDemo, type StoredDemo } from './stored-demo.js';

/** The demo's own file, recreated by every run. */
const DATABASE = 'data/demo.sqlite';

/** How long all messages may take to be completed. */
const MAX_WAIT_MS = 30_000;

/** The options of the demo. */
export interface DemoContext {
  readonly keep: boolean;
  /** Port of the service, empty for a free one. */
  readonly port: string | undefined;
  readonly print: (line: string) => void;
  readonly paint: Paint;
}

/** Runs the demo from start to finish. Returns what differs from the expected result. */
export async function runDemo({ keep, port, print, paint }: DemoContext): Promise<readonly string[]> {
  await makeFresh(DATABASE);
  const simulator = await SimulatorProcess.start();
  const gateway = new DemoGateway(simulator);
  await gateway.prepare();

  const recipients = DEMO_MESSAGES.reduce((sum, { to }) => sum + to.length, 0);
  print(paint('bold', 'A small notification service sends SMS through a simulated SMS gateway.'));
  print(
    `It sends ${DEMO_MESSAGES.length} texts to ${recipients} phones: some will not arrive, and one report is lost.`,
  );
  print('Nothing leaves this machine. It takes about 5 seconds.');
  print('');

  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  const journal = new DemoJournal(
    DEMO_MESSAGES.map(({ reference }) => reference),
    (phone, reference, progress) => print(progressLine(elapsed(), { phone, reference }, progress, paint)),
    (packetId) => gateway.wasAskedFor(packetId),
  );
  const start = async (onPort: string) => {
    const running = await startApplication(
      DemoModule.forEnvironment(demoEnvironment(simulator, onPort), journal),
      // The service logs a refusal as a warning: here a refusal is expected.
      new AppLogger(['error', 'fatal']),
    );
    await simulator.pushReportsTo(running.reportUrl);
    return running;
  };

  const running = await start(port ?? '0');
  print(`${shownTime(elapsed())}  gateway (simulated): ${simulator.url}`);
  print(`${shownTime(elapsed())}  notification service: ${running.url}`);
  for (const message of DEMO_MESSAGES) await send(running.url, message, journal);
  await sendAgain(running.url, () => print(`${shownTime(elapsed())}  ${paint('dim', SENT_AGAIN)}`));
  print(
    `${shownTime(elapsed())}  ${paint('dim', `the gateway will push no report for ${shownPhone(FORGOTTEN_PHONE)}: the service must ask for it`)}`,
  );
  await journal.waitForAll(MAX_WAIT_MS);
  await running.app.close();

  const stored = await readStoredDemo(DATABASE);
  const ledger = await gateway.ledger();
  print('');
  print('Every phone has a final status, and the service is stopped. This is what its database says:');
  print('');
  for (const line of endingLines(stored, paint)) print(line);
  print('');
  print(billingLine(stored, ledger));
  if (stored.codeErased) print('The text of the one-time code is erased from the database, as requested.');
  print('');
  printDatabase(stored, running, print);
  const wrong = findProblems(DEMO_MESSAGES, stored, ledger);
  if (keep && wrong.length === 0) {
    await stayRunning(await start(new URL(running.url).port), simulator, print);
  } else {
    printNextSteps(print);
    await simulator.stop();
  }
  return wrong;
}

const SENT_AGAIN = `"${DEMO_MESSAGES[0]?.reference ?? ''}" is requested again with the same key: nothing is sent twice`;

/** The demo's own settings only: the user's account is never used. */
function demoEnvironment(simulator: SimulatorProcess, port: string): NodeJS.ProcessEnv {
  return {
    PORT: port,
    SMS_PRO_LOGIN: SIMULATED_ACCOUNT.login,
    SMS_PRO_PASSWORD: SIMULATED_ACCOUNT.password,
    SMS_PRO_SENDER: APPROVED_SENDER,
    SMS_PRO_BASE_URL: simulator.url,
    SMS_PRO_DATABASE: DATABASE,
    SMS_PRO_POLL_INTERVAL_MS: '500',
    SMS_PRO_STALE_AFTER_MS: '4000',
  };
}

async function post(url: string, { expected: _expected, ...message }: DemoMessage): Promise<SmsReceipt> {
  const response = await fetch(`${url}/notifications`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...message, idempotencyKey: message.reference }),
  });
  if (!response.ok) throw new Error(`The service refused "${message.reference}": ${await response.text()}`);
  return (await response.json()) as SmsReceipt;
}

async function send(url: string, message: DemoMessage, journal: DemoJournal): Promise<void> {
  const { messageId } = await post(url, message);
  const response = await fetch(`${url}/notifications/${messageId}`);
  const { recipients } = (await response.json()) as { readonly recipients: readonly { readonly phone: string }[] };
  journal.queued(
    message.reference,
    recipients.map(({ phone }) => phone),
  );
}

async function sendAgain(url: string, onDuplicate: () => void): Promise<void> {
  const [first] = DEMO_MESSAGES;
  if (first !== undefined && (await post(url, first)).duplicate) onDuplicate();
}

function printDatabase(stored: StoredDemo, { database }: RunningApplication, print: (line: string) => void): void {
  const rows = Object.entries(stored.rows).map(([table, amount]) => `${table} ${amount}`);
  print(`Where it is stored: ${database}`);
  print(`  ${counted(rows.length, 'table')} with their rows: ${rows.join(', ')}`);
  print('  Look at them with:');
  print(`    SMS_PRO_DATABASE=${DATABASE} npm run --silent typeorm -- query "SELECT * FROM sms_pro_report"`);
}

function printNextSteps(print: (line: string) => void): void {
  print('');
  print('What to do next:');
  print('  npm run demo -- --keep   the same, but the service keeps running, so that you can try it');
  print('  npm start                the service against the simulator; with SMS_PRO_LOGIN, SMS_PRO_PASSWORD and');
  print('                           SMS_PRO_SENDER set, against the real gateway');
}

async function stayRunning(running: RunningApplication, simulator: SimulatorProcess, print: (line: string) => void) {
  print('');
  print('The service runs again, on the same database:');
  print(`  notification service   ${running.url}`);
  print(`  page to try it         ${running.docsUrl}`);
  print(`  simulated gateway      ${simulator.url}`);
  print(`  what it has sent       ${simulator.controlUrl}/ledger`);
  print('Stop it with Ctrl+C.');
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  print('');
  await running.app.close();
  await simulator.stop();
  print('Stopped.');
}
