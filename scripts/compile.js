// Compiles TypeScript: CommonJS for Node.js into dist; ES modules for everything else into dist/esm, and CommonJS for everything else,
// which is also what Node.js has as squared-emd/wasm, into dist/cjs: on WebAssembly alone, with classes of their own.
const { spawn } = require('node:child_process');
const { mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { bundleProtobuf } = require('./bundle-protobuf.js');

const root = join(__dirname, '..');
const tsc = join(root, 'node_modules/typescript/bin/tsc');

const esm = 'tsconfig.esm.json';

require('./embed-wasm.js');
for (const project of ['tsconfig.json', esm, 'tsconfig.cjs.json']) {
  spawn(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' }).on('exit', (code) => {
    if (code !== 0) process.exitCode = 1;
    if (project === esm) bundleProtobuf(root);
  });
}
mkdirSync(join(root, 'dist/esm'), { recursive: true });
// Bundlers look for what they may leave out in the package.json nearest to a file.
const nearest = { type: 'module', sideEffects: ['./web/tfjs.js'] };
writeFileSync(join(root, 'dist/esm/package.json'), `${JSON.stringify(nearest)}\n`);
