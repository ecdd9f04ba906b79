// A rule that never fires is no rule: each is probed once with a value import and once with a type import, from a
// subfolder, and must make the linter fail with the message that is meant.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { forbiddenTo, LAYERS, MAX_NESTED, SOURCE } from '../oxlint.config.mjs';

const PROBE = 'zz-probe';

const asValue = (from) => `export * from '${from}';\n`;
const asType = (from) => `import type { Probe } from '${from}';\nexport type Again = Probe;\n`;

/** The file of a probe: a subfolder of a layer, but for the layer that has files of its own only. */
const folderOf = ({ folder }) => join(SOURCE, folder, folder === 'store' ? '' : PROBE);

/** The import that a layer must not make, as a file in its subfolder writes it. */
function forbiddenImport(layer) {
  const up = '../'.repeat(layer.folder.split('/').length + (layer.folder === 'store' ? 0 : 1));
  // The layer that stands nearest above it, since that is the slip that happens.
  const target = forbiddenTo(layer).at(-1);
  return `${up}${target}/${PROBE}.js`;
}

const probes = [
  ...LAYERS.flatMap((layer) => {
    const from = forbiddenImport(layer);
    return [asValue, asType].map((text) => ({
      files: { [join(folderOf(layer), `${PROBE}.ts`)]: text(from) },
      says: layer.message,
      what: `${layer.folder} imports ${from}`,
    }));
  }),
  // Between rooms of the store the path needs no `store/`.
  ...[asValue, asType].map((text) => ({
    files: { [`${SOURCE}/store/database/${PROBE}.ts`]: text('../packets/claim.store.js') },
    says: 'The rooms of the store import downwards only',
    what: 'store/database imports store/packets',
  })),
  ...[asValue, asType].map((text) => ({
    files: { [`${SOURCE}/message/${PROBE}/${PROBE}.ts`]: text('../../sms-pro.module.js') },
    says: 'Vocabulary is pure',
    what: 'message imports the composition',
  })),
  ...[asValue, asType].flatMap((text) => [
    {
      files: { [`${SOURCE}/sending/${PROBE}/${PROBE}.ts`]: text('bullmq') },
      says: 'BullMQ is an optional peer',
      what: 'sending imports bullmq',
    },
    {
      files: { [`${SOURCE}/${PROBE}.ts`]: text('./bullmq/index.js') },
      says: 'BullMQ is an optional peer',
      what: 'the composition imports the bullmq entry',
    },
    {
      files: { [`libs/sms-pro-simulator/src/${PROBE}/${PROBE}.ts`]: text('nestjs-sms-pro') },
      says: 'The simulator has its own reading',
      what: 'the simulator imports the library',
    },
    {
      files: { [`test/${PROBE}/${PROBE}.ts`]: text('../../libs/sms-pro/src/index.js') },
      says: 'Import the packages as a user would',
      what: 'a test imports a file of a library',
    },
  ]),
  ...['libs/sms-pro/src/message', 'bench', 'test'].flatMap((folder) => [
    {
      files: {
        [`${folder}/${PROBE}/a.ts`]: "import { b } from './b.js';\nexport const a = (): number => b();\n",
        [`${folder}/${PROBE}/b.ts`]: "import { a } from './a.js';\nexport const b = (): number => a();\n",
      },
      says: 'import(no-cycle)',
      what: `a circle in ${folder}`,
    },
    {
      files: {
        [`${folder}/${PROBE}/a.ts`]: "import type { B } from './b.js';\nexport interface A {\n  readonly b: B;\n}\n",
        [`${folder}/${PROBE}/b.ts`]: "import type { A } from './a.js';\nexport interface B {\n  readonly a: A;\n}\n",
      },
      says: 'import(no-cycle)',
      what: `a circle of types in ${folder}`,
    },
  ]),
];

/** Whether the linter refuses the files, and says why. */
function isCaught({ files, says }) {
  const made = [];
  try {
    for (const [file, text] of Object.entries(files)) {
      const folder = dirname(file);
      if (!existsSync(folder)) made.push(mkdirSync(folder, { recursive: true }));
      writeFileSync(file, text);
    }
    const { status, stdout, stderr } = spawnSync(
      'node_modules/.bin/oxlint',
      ['-c', 'oxlint.config.mjs', '--deny-warnings', ...Object.keys(files)],
      { encoding: 'utf8' },
    );
    return status !== 0 && `${stdout}${stderr}`.replaceAll(/\s+/g, ' ').includes(says);
  } finally {
    for (const file of Object.keys(files)) rmSync(file, { force: true });
    for (const folder of made) rmSync(folder, { recursive: true, force: true });
  }
}

let failed = 0;
const complain = (text) => {
  failed += 1;
  process.stdout.write(`${text}\n`);
};

for (const probe of probes) if (!isCaught(probe)) complain(`NOT CAUGHT: ${probe.what}`);
process.stdout.write(`${probes.length} probes\n`);

/** The folders below one, with how deep they are in it. */
function* foldersBelow(folder, depth = 1) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    yield { path, depth };
    yield* foldersBelow(path, depth + 1);
  }
}

// Every folder is in the table, or inside one that is, and not deeper than the rules reach.
for (const { path } of foldersBelow(SOURCE)) {
  const inside = path.slice(SOURCE.length + 1);
  const layer = LAYERS.map(({ folder }) => folder)
    .filter((folder) => inside === folder || inside.startsWith(`${folder}/`))
    .toSorted((a, b) => b.length - a.length)[0];
  if (layer === undefined) complain(`NOT IN THE TABLE of layers: ${path}`);
  else if (layer === 'store' && inside !== 'store') complain(`NOT IN THE TABLE of layers: ${path}`);
  else if (inside.split('/').length - layer.split('/').length > MAX_NESTED) complain(`TOO DEEP for the rules: ${path}`);
}

process.exit(failed === 0 ? 0 : 1);
