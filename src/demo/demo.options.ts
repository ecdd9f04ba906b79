import { parseArgs } from 'node:util';

export const DEMO_HELP = `Usage: npm run demo [-- --keep]

Sends a handful of SMS through a simulated gateway and shows the status of each.
Nothing leaves this machine, and no account is needed.

  --keep   leave the service and the simulator running afterwards
  --help   print this

PORT sets the port of the service (a free one), NO_COLOR switches colours off.`;

/** What the command line asked for. */
export type DemoRequest =
  | { readonly kind: 'help' }
  | { readonly kind: 'fault'; readonly fault: string }
  | { readonly kind: 'run'; readonly keep: boolean };

/** Reads the command line. Never throws. */
export function readDemoArguments(args: readonly string[]): DemoRequest {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { keep: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    return values.help === true ? { kind: 'help' } : { kind: 'run', keep: values.keep === true };
  } catch {
    return { kind: 'fault', fault: `The options are --keep and --help, not: ${args.join(' ')}` };
  }
}
