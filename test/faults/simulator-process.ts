import { startSimulator, type SimulatorOptions } from 'sms-pro-simulator';

/** What this process tells its parent. */
export interface SimulatorReady {
  readonly url: string;
}

// The gateway runs in its own process, from sources: it outlives every application that the suite kills.
const options = JSON.parse(process.env['FAULTS_SIMULATOR_OPTIONS'] ?? '{}') as SimulatorOptions;
const simulator = await startSimulator(options);
process.on('disconnect', () => process.exit(0));
const ready: SimulatorReady = { url: simulator.url };
process.send?.(ready);
