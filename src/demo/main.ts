import { styleText } from 'node:util';
import { explainStartFailure } from '../start-failure.js';
import type { Paint } from './demo-lines.js';
import { DEMO_HELP, readDemoArguments } from './demo.options.js';
import { runDemo } from './run-demo.js';

const coloured = process.stdout.isTTY && !process.env['NO_COLOR'];
const paint: Paint = (style, text) => (coloured ? styleText(style, text) : text);

const request = readDemoArguments(process.argv.slice(2));
if (request.kind === 'help') console.log(DEMO_HELP);
else if (request.kind === 'fault') fail(request.fault, 2);
else await run(request.keep);

async function run(keep: boolean): Promise<void> {
  try {
    const wrong = await runDemo({ keep, port: process.env['PORT'], print: (line) => console.log(line), paint });
    if (wrong.length > 0) fail(`The result is not as expected: ${wrong.join('; ')}.`, 1);
  } catch (error) {
    fail(explainStartFailure(error), 1);
  }
}

/** The simulator ends with this process. */
function fail(why: string, exitCode: number): void {
  console.error(why);
  process.exit(exitCode);
}
