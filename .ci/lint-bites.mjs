// A rule that never fires is no rule. Each is probed with a value import and with a type import: every pair of layers
// of which one may not import the other, and every other row of the config. All probes are written, the linter runs
// once, and each of them must be reported with the message that is meant.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { forbiddenTo, LAYERS, MAX_NESTED, SOURCE } from '../oxlint.config.mjs';

const PROBE = 'zz-probe';

const asValue = (from) => `export * from '${from}';\n`;
const asType = (from) => `import type { Probe } from '${from}';\nexport type Again = Probe;\n`;

let probeCount = 0;
const nextName = () => `${PROBE}-${(probeCount += 1)}.ts`;

/** A forbidden import, once by value and once by type. */
function importProbes(folder, from, says, extension = '') {
  return [asValue, asType].map((text) => {
    const file = join(folder, nextName().replace('.ts', `${extension}.ts`));
    return { files: { [file]: text(from) }, says, what: `${file} imports ${from}` };
  });
}

/** Imports of every layer that a layer may not import, from a subfolder; `store` itself has no subfolder of its own. */
function layerProbes(layer) {
  const isStore = layer.folder === 'store';
  const folder = join(SOURCE, layer.folder, isStore ? '' : PROBE);
  const up = '../'.repeat(layer.folder.split('/').length + (isStore ? 0 : 1));
  return forbiddenTo(layer).flatMap((other) => {
    const full = importProbes(folder, `${up}${other}/${PROBE}.js`, layer.message);
    // Between rooms of the store the path needs no `store/`.
    const isNeighbour = layer.folder.startsWith('store/') && other.startsWith('store/');
    const short = `${up.slice('../'.length)}${other.slice('store/'.length)}/${PROBE}.js`;
    return isNeighbour ? [...full, ...importProbes(folder, short, layer.message)] : full;
  });
}

function circleProbe(folder, what, textOf) {
  const inside = join(folder, `${PROBE}-${(probeCount += 1)}`);
  return {
    files: { [join(inside, 'a.ts')]: textOf('a', 'b'), [join(inside, 'b.ts')]: textOf('b', 'a') },
    says: 'import(no-cycle)',
    what: `${what} in ${folder}`,
  };
}

const circleOfValues = (own, other) =>
  `import { ${other} } from './${other}.js';\nexport const ${own} = (): number => ${other}();\n`;
const circleOfTypes = (own, other) =>
  `import type { ${other.toUpperCase()} } from './${other}.js';\nexport interface ${own.toUpperCase()} {\n  readonly ${other}: ${other.toUpperCase()};\n}\n`;

const messageOf = (wanted) => LAYERS.find(({ folder }) => folder === wanted)?.message;
const PEER = 'BullMQ is an optional peer';
const AS_A_USER = 'Import the packages as a user would';
const OWN_READING = 'The simulator has its own reading';

const probes = [
  ...LAYERS.flatMap(layerProbes),
  // The composition is above every layer.
  ...LAYERS.filter(({ folder }) => folder !== 'store').flatMap(({ folder, message }) =>
    importProbes(
      join(SOURCE, folder, PROBE),
      `${'../'.repeat(folder.split('/').length + 1)}sms-pro.module.js`,
      message,
    ),
  ),
  // Tests of the store's rooms may open a whole store, and no more.
  ...importProbes(`${SOURCE}/store/packets/${PROBE}`, `../../../sending/${PROBE}.js`, messageOf('store'), '.spec'),
  ...importProbes(`${SOURCE}/store/packets`, `../../dispatch/${PROBE}.js`, messageOf('store'), '.fixture'),
  ...['bullmq', 'bullmq/classes', 'ioredis'].flatMap((peer) => importProbes(`${SOURCE}/sending/${PROBE}`, peer, PEER)),
  ...['bullmq', './bullmq/index.js'].flatMap((peer) => importProbes(SOURCE, peer, PEER)),
  ...['nestjs-sms-pro', 'nestjs-sms-pro/bullmq', '../../../sms-pro/src/index.js'].flatMap((from) =>
    importProbes(`libs/sms-pro-simulator/src/${PROBE}`, from, OWN_READING),
  ),
  ...['src', 'test', 'bench'].flatMap((folder) =>
    ['../../libs/sms-pro/src/index.js', 'nestjs-sms-pro/store', 'sms-pro-simulator/wire'].flatMap((from) =>
      importProbes(`${folder}/${PROBE}`, from, AS_A_USER),
    ),
  ),
  ...[`${SOURCE}/message`, `${SOURCE}/store/packets`, 'libs/sms-pro-simulator/src', 'src', 'bench', 'test'].flatMap(
    (folder) => [
      circleProbe(folder, 'a circle', circleOfValues),
      circleProbe(folder, 'a circle of types', circleOfTypes),
    ],
  ),
  {
    files: {
      [`${SOURCE}/message/${nextName()}`]: `${Array.from({ length: 301 }, (_, at) => `// ${at}`).join('\n')}\n`,
    },
    says: 'eslint(max-lines)',
    what: 'a file of more than 300 lines',
  },
  {
    files: {
      [`${SOURCE}/message/${nextName()}`]:
        'export class Probe {\n  constructor(\n    readonly a: 1,\n    readonly b: 1,\n    readonly c: 1,\n    readonly d: 1,\n    readonly e: 1,\n  ) {}\n}\n',
    },
    says: 'eslint(max-params)',
    what: 'a constructor of five parameters',
  },
];

const files = probes.flatMap((probe) => Object.entries(probe.files));

/** What the linter says of each file. */
function lint() {
  const made = [];
  try {
    for (const [file, text] of files) {
      const folder = dirname(file);
      if (!existsSync(folder)) made.push(mkdirSync(folder, { recursive: true }));
      writeFileSync(file, text);
    }
    const { stdout } = spawnSync('node_modules/.bin/oxlint', ['-c', 'oxlint.config.mjs', '-f', 'json'], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    return JSON.parse(stdout).diagnostics;
  } finally {
    for (const [file] of files) rmSync(file, { force: true });
    for (const folder of made) rmSync(folder, { recursive: true, force: true });
  }
}

let failed = 0;
const complain = (text) => {
  failed += 1;
  process.stdout.write(`${text}\n`);
};

const said = new Map(files.map(([file]) => [file, '']));
for (const { filename, message, help, code } of lint()) {
  if (said.has(filename)) said.set(filename, `${said.get(filename)} ${code} ${message} ${help}`);
}
for (const probe of probes) {
  const isCaught = Object.keys(probe.files).some((file) => said.get(file).replaceAll(/\s+/g, ' ').includes(probe.says));
  if (!isCaught) complain(`NOT CAUGHT: ${probe.what}`);
}
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
