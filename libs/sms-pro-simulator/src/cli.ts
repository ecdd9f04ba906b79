import { HELP, readCommandLine } from './cli.options.js';
import { SimulatorInputError } from './settings/shape.js';
import type { SimulatorSettings } from './simulator.options.js';
import { startSimulator } from './start-simulator.js';

const EXIT_FAILED = 1;
const EXIT_BAD_FLAGS = 2;

const request = readCommandLine(process.argv.slice(2), process.env);
if (request.kind === 'help') console.log(HELP);
else if (request.kind === 'faults') printFaults(request.faults, EXIT_BAD_FLAGS);
else await run(request.settings, request.quiet);

async function run(settings: SimulatorSettings, quiet: boolean): Promise<void> {
  try {
    const simulator = await startSimulator(settings);
    let stopping = false;
    const stop = (): void => {
      if (stopping) return;
      stopping = true;
      void simulator.stop().then(() => process.exit(0));
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    if (process.send !== undefined) {
      // A child must not outlive the program that started it, even if that one crashed.
      process.once('disconnect', stop);
      process.send({ type: 'listening', url: simulator.url, port: simulator.port });
    }
    if (!quiet) {
      console.log(`SMS PRO simulator at ${simulator.url} (control: ${simulator.controlUrl}). Ctrl+C stops it.`);
    }
  } catch (error) {
    if (error instanceof SimulatorInputError) printFaults(error.faults, EXIT_BAD_FLAGS);
    else printFaults([explain(error, settings)], EXIT_FAILED);
  }
}

function explain(error: unknown, { host = '127.0.0.1', port }: SimulatorSettings): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return `Port ${port} is in use: stop what listens there, or choose another with --port.`;
  if (code === 'EACCES') return `Port ${port} may not be opened: choose one above 1023 with --port.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `${host} is not an address of this machine: see --host.`;
  return error instanceof Error ? error.message : String(error);
}

function printFaults(faults: readonly string[], exitCode: number): void {
  for (const fault of faults) console.error(`sms-pro-simulator: ${fault}`);
  process.exitCode = exitCode;
}
