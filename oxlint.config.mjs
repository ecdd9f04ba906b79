/** The library's source, below which the layers are. */
export const SOURCE = 'libs/sms-pro/src';

const VOCABULARY = ['errors', 'message', 'options'];
const ROWS = [...VOCABULARY, 'store/dialects', 'store/database'];
const PACKETS = [...ROWS, 'store/packets'];
const STORE_ROOMS = [
  'store/dialects',
  'store/database',
  'store/schema',
  'store/packets',
  'store/messages',
  'store/reports',
  'store/campaigns',
  'store/events',
  'store/account',
  'store/retention',
];
/** The rooms of the store that a use case works with. */
const STORE_PARTS = STORE_ROOMS.filter((room) => !['store/dialects', 'store/schema', 'store/retention'].includes(room));
/** `store` itself: the tests of a use case open a whole store. */
const USE_CASE = [...VOCABULARY, 'gateway', 'store', ...STORE_PARTS];

const PURE = 'Vocabulary is pure: it imports no mechanism, no use case and no composition.';
const MECHANISM = 'Mechanisms never import each other, a use case or the composition.';
const ROOM = 'The rooms of the store import downwards only: see ARCHITECTURE.md.';
const APART = 'Use cases never import each other or the composition: they meet through the store.';
const OUTER = 'The outer ring knows the library by its vocabulary alone.';

/**
 * Every folder of the library, from the ground up, and the folders it may import. The lint rules below are generated from
 * this table, for files at any depth; a new folder is one line here.
 */
export const LAYERS = [
  { folder: 'errors', imports: [], message: PURE },
  { folder: 'message', imports: ['errors'], message: PURE },
  { folder: 'options', imports: ['errors', 'message'], message: PURE },
  { folder: 'gateway', imports: VOCABULARY, message: MECHANISM },
  { folder: 'events', imports: VOCABULARY, message: MECHANISM },
  { folder: 'store/dialects', imports: VOCABULARY, message: ROOM },
  { folder: 'store/database', imports: [...VOCABULARY, 'store/dialects'], message: ROOM },
  { folder: 'store/schema', imports: [...VOCABULARY, 'store/dialects'], message: ROOM },
  { folder: 'store/packets', imports: ROWS, message: ROOM },
  { folder: 'store/messages', imports: PACKETS, message: ROOM },
  { folder: 'store/reports', imports: PACKETS, message: ROOM },
  { folder: 'store/campaigns', imports: [...PACKETS, 'store/messages'], message: ROOM },
  { folder: 'store/events', imports: ROWS, message: ROOM },
  { folder: 'store/account', imports: ROWS, message: ROOM },
  { folder: 'store/retention', imports: ROWS, message: ROOM },
  { folder: 'store', imports: [...VOCABULARY, ...STORE_ROOMS], message: MECHANISM },
  { folder: 'sending', imports: USE_CASE, message: APART },
  { folder: 'dispatch', imports: USE_CASE, message: APART },
  { folder: 'reports', imports: [...USE_CASE, 'events'], message: APART },
  { folder: 'account', imports: USE_CASE, message: APART },
  { folder: 'retention', imports: [...USE_CASE, 'store/retention'], message: APART },
  { folder: 'bullmq', imports: VOCABULARY, message: OUTER, packages: ['bullmq', 'ioredis'] },
];

const STORE = LAYERS.find(({ folder }) => folder === 'store');

/** Folders inside a layer, one in the other, at most: rules are generated for so many. */
export const MAX_NESTED = 3;

/** Packages that one layer alone may import: optional peers. */
const PEERS = {
  names: ['bullmq', 'bullmq/**', 'ioredis', 'ioredis/**'],
  message: 'BullMQ is an optional peer: only its own entry imports it.',
};

const restricted = (patterns) => ({ 'eslint/no-restricted-imports': ['error', { patterns }] });

/** The layers that a layer may not import. A folder inside another layer's folder is a layer of its own. */
export function forbiddenTo({ folder, imports }) {
  return LAYERS.map((layer) => layer.folder).filter((other) => other !== folder && !imports.includes(other));
}

/** What a file of a layer, `nested` folders deep in it, may not import. */
function patternsOf(layer, nested) {
  const up = '../'.repeat(layer.folder.split('/').length + nested);
  const isStoreRoom = layer.folder.startsWith('store/');
  const targets = forbiddenTo(layer).flatMap((other) => {
    // `store` by itself means its own files: its rooms are layers of their own.
    const files = other === 'store' ? `${up}store/*.js` : `${up}${other}/**`;
    // From one room to another the path can be written without the `store/`.
    const short = isStoreRoom && other.startsWith('store') ? files.replace(`${up}store/`, up.slice('../'.length)) : [];
    return [files, short].flat();
  });
  const composition = `${up}*.js`;
  const peers = layer.packages === undefined ? [{ group: PEERS.names, message: PEERS.message }] : [];
  return [{ group: [...targets, composition], message: layer.message }, ...peers];
}

const overridesOf = (layer) =>
  Array.from({ length: layer.folder === 'store' ? 1 : MAX_NESTED + 1 }, (_, nested) => ({
    files: [`${SOURCE}/${layer.folder}/${'*/'.repeat(nested)}*.ts`],
    rules: restricted(patternsOf(layer, nested)),
  }));

/** Tests of a room of the store open a whole store: they may import all of it, and no more than the store itself. */
const storeTests = Array.from({ length: MAX_NESTED + 1 }, (_, nested) => ({
  files: ['spec', 'fixture'].map((kind) => `${SOURCE}/store/*/${'*/'.repeat(nested)}*.${kind}.ts`),
  rules: restricted(patternsOf(STORE, nested + 1)),
}));

export default {
  plugins: ['typescript', 'import', 'unicorn', 'oxc', 'jest', 'promise'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  env: { node: true, es2023: true },
  ignorePatterns: ['**/dist/**', '**/node_modules/**', 'data/**'],
  rules: {
    'eslint/no-await-in-loop': 'off',
    'eslint/curly': ['error', 'multi-line'],
    'eslint/max-lines': ['error', { max: 300 }],
    'eslint/max-params': ['error', { max: 4 }],
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'import/no-self-import': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'oxc/no-map-spread': 'off',
    'typescript/no-extraneous-class': ['error', { allowWithDecorator: true }],
    'import/no-unassigned-import': ['error', { allow: ['reflect-metadata'] }],
  },
  overrides: [
    {
      files: ['**/*.spec.ts', '**/*.e2e-spec.ts', '**/*.fixture.ts'],
      // A table of cases may have more columns.
      rules: { 'unicorn/consistent-function-scoping': 'off', 'eslint/max-params': 'off' },
    },
    ...LAYERS.flatMap(overridesOf),
    ...storeTests,
    {
      files: [`${SOURCE}/*.ts`],
      rules: restricted([
        { group: ['./bullmq/**'], message: PEERS.message },
        { group: PEERS.names, message: PEERS.message },
      ]),
    },
    {
      files: ['libs/sms-pro-simulator/**'],
      rules: restricted([
        {
          group: ['nestjs-sms-pro', 'nestjs-sms-pro/**', '**/sms-pro/**'],
          message: 'The simulator has its own reading of the specification.',
        },
      ]),
    },
    {
      files: ['src/**', 'test/**', 'bench/**'],
      rules: restricted([
        {
          group: ['**/libs/**', 'nestjs-sms-pro/*', '!nestjs-sms-pro/bullmq', 'sms-pro-simulator/*'],
          message: 'Import the packages as a user would, by their public entries.',
        },
      ]),
    },
  ],
};
