// Packs without the condition by which this workspace reads the sources: a package has none.
// `node manifest-for-pack.mjs strip` before packing, `restore` after it, in the folder of a library.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

const MANIFEST = 'package.json';
const KEPT = '.package.json.workspace';
const SOURCE_CONDITION = 'sms-pro-source';

const restore = () => {
  if (existsSync(KEPT)) renameSync(KEPT, MANIFEST);
};

// What a pack that broke off left behind.
restore();
if (process.argv[2] === 'strip') {
  const text = readFileSync(MANIFEST, 'utf8');
  const manifest = JSON.parse(text);
  for (const target of Object.values(manifest.exports)) {
    if (typeof target === 'object') delete target[SOURCE_CONDITION];
  }
  writeFileSync(KEPT, text);
  writeFileSync(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
}
