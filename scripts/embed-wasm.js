// Writes lib/backends/wasm/embedded.ts from native/wasm/squared_emd.wasm: a module as text is found by every bundler.
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { deflateRawSync } = require('node:zlib');

const root = join(__dirname, '..');
const module_ = readFileSync(join(root, 'native/wasm/squared_emd.wasm'));
const { version } = require('../package.json');
const text = deflateRawSync(module_, { level: 9 }).toString('base64');
writeFileSync(
  join(root, 'lib/backends/wasm/embedded.ts'),
  `// Made by scripts/embed-wasm.js: native/wasm/squared_emd.wasm, deflated, as base64.
export const VERSION = '${version}';
export const SIZE = ${module_.length};
export const DEFLATED =
  '${text}';
`,
);
