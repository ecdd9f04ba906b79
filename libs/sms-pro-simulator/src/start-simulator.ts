import { RealClock } from './clock/real-clock.js';
import { RunningSimulator } from './running-simulator.js';
import { resolveSettings, type SimulatorOptions } from './simulator.options.js';
import type { Simulator } from './simulator.js';

/**
 * Starts a simulator of the SMS PRO gateway.
 * @throws SimulatorInputError when an option is invalid; the error of `listen` when the port is in use
 * @example
 * const simulator = await startSimulator();
 * // POST to `${simulator.url}/api/message` with login demo and password demo
 * await simulator.stop();
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { clock = new RealClock(), ...settings } = options;
  const simulator = new RunningSimulator(resolveSettings(settings), clock);
  try {
    await simulator.comeBack();
  } catch (error) {
    await simulator.stop();
    throw error;
  }
  return simulator;
}
