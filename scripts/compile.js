// Compiles TypeScript: CommonJS, for Node.js, into dist; and ES modules, for everything else, into dist/esm.
const { spawn } = require('node:child_process');
const { mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..');
const tsc = join(root, 'node_modules/typescript/bin/tsc');

for (const project of ['tsconfig.json', 'tsconfig.esm.json']) {
  spawn(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' }).on('exit', (code) => {
    if (code !== 0) process.exitCode = 1;
  });
}
mkdirSync(join(root, 'dist/esm'), { recursive: true });
writeFileSync(join(root, 'dist/esm/package.json'), '{ "type": "module" }\n');
