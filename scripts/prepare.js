// What `npm ci` does in a checkout: builds native code, unless there is some, and compiles TypeScript. Without a C++ compiler the rest
// works all the same, on WebAssembly.
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');

const root = join(__dirname, '..');

const built = spawnSync(process.execPath, [require.resolve('node-gyp-build/bin.js')], { cwd: root, encoding: 'utf8' });
if (built.status !== 0) {
  const why = `${built.stdout}${built.stderr}`.split('\n').filter((line) => /^gyp ERR! (find|stack)|error:/.test(line));
  console.log(
    [
      'squared-emd: native code was not built, and WebAssembly computes instead: "npm run demo" and the tests work.',
      'For native code: Python 3, make and a C++17 compiler (Debian: apt-get install python3 make g++), then "npm ci" again.',
      ...why.slice(0, 8),
    ].join('\n'),
  );
}
require('./compile.js');
