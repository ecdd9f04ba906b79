// A rule that never fires is no rule: each probe must make the linter fail, with the message that is meant.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';

const SRC = 'libs/sms-pro/src';
const PROBES = [
  {
    file: `${SRC}/gateway/zz-probe.ts`,
    text: "export * from '../store/dialect.js';\n",
    says: 'Mechanisms never import each other',
  },
  { file: `${SRC}/message/zz-probe.ts`, text: "export * from '../store/dialect.js';\n", says: 'Vocabulary is pure' },
  {
    file: `${SRC}/reports/zz-probe.ts`,
    text: "export * from '../dispatch/dispatcher.js';\n",
    says: 'Use cases never import each other',
  },
  { file: `${SRC}/sending/zz-probe.ts`, text: "export * from 'bullmq';\n", says: 'BullMQ is an optional peer' },
  { file: `${SRC}/zz-probe.ts`, text: "export * from './bullmq/index.js';\n", says: 'BullMQ is an optional peer' },
  { file: `${SRC}/bullmq/zz-probe.ts`, text: "export * from '../store/dialect.js';\n", says: 'The outer ring knows' },
  {
    file: 'libs/sms-pro-simulator/src/zz-probe.ts',
    text: "export * from 'nestjs-sms-pro';\n",
    says: 'The simulator has its own reading',
  },
  {
    file: `${SRC}/message/zz-probe.ts`,
    text: "import { b } from './zz-probe-two.js';\nexport const a = (): number => b();\n",
    also: {
      file: `${SRC}/message/zz-probe-two.ts`,
      text: "import { a } from './zz-probe.js';\nexport const b = (): number => a();\n",
    },
    says: 'import(no-cycle)',
  },
];

let failed = 0;
for (const { file, text, also, says } of PROBES) {
  const files = [{ file, text }, ...(also ? [also] : [])];
  try {
    for (const one of files) {
      mkdirSync(one.file.slice(0, one.file.lastIndexOf('/')), { recursive: true });
      writeFileSync(one.file, one.text);
    }
    const { status, stdout, stderr } = spawnSync(
      'npx',
      ['oxlint', '--deny-warnings', ...files.map((one) => one.file)],
      {
        encoding: 'utf8',
      },
    );
    const caught = status !== 0 && `${stdout}${stderr}`.replaceAll(/\s+/g, ' ').includes(says);
    process.stdout.write(`${caught ? 'caught' : 'NOT CAUGHT'}: ${says}\n`);
    if (!caught) failed += 1;
  } finally {
    for (const one of files) rmSync(one.file, { force: true });
  }
}
process.exit(failed === 0 ? 0 : 1);
