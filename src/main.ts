import { AppLogger } from './app.logger.js';
import { AppModule } from './app.module.js';
import { startApplication, type RunningApplication } from './start-application.js';
import { explainStartFailure } from './start-failure.js';

function welcome({ gateway, url, docsUrl, reportUrl, database, unreachable }: RunningApplication): string[] {
  const { simulator, baseUrl } = gateway;
  return [
    `Notification service: ${url} (try it on the page ${docsUrl})`,
    simulator === null
      ? `Gateway:              ${baseUrl}. SMS are really sent, and billed.`
      : `Gateway:              the simulator at ${baseUrl}, since SMS_PRO_LOGIN and SMS_PRO_PASSWORD are not set. No SMS leaves this machine.`,
    ...(unreachable === null
      ? []
      : [`                      It cannot be reached now: SMS wait until it is reachable. (${unreachable})`]),
    `Database:             ${database}`,
    ...(simulator === null
      ? [`Reports:              pushed to ${reportUrl}: enter its public address in the cabinet.`]
      : []),
    'Stop it with Ctrl+C.',
  ];
}

try {
  const running = await startApplication(AppModule.forEnvironment(), new AppLogger());
  running.app.enableShutdownHooks();
  for (const line of welcome(running)) console.log(line);
} catch (error) {
  console.error(explainStartFailure(error));
  process.exit(1);
}
