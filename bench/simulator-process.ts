import { startSimulator } from 'sms-pro-simulator';

/** The gateway of the benchmarks, in a process of its own: counts only, so that it keeps nothing. */
const simulator = await startSimulator({ keep: 'counts', lives: { sentAfterMs: 3_600_000 } });
process.on('disconnect', () => process.exit(0));
process.send?.(simulator.url);
