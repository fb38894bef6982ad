// Builds native/wasm/squared_emd.wasm with clang and wasi-libc (Debian 12: apt-get install clang-19 lld-19
// libclang-rt-19-dev-wasm32 libc++-19-dev-wasm32 wasi-libc), and notes beside it what it was built from and with. Both are in the
// repository, so that nobody needs clang to use or test the package.
const { execFileSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { sourcesOf } = require('../native/list-sources.js');

const root = join(__dirname, '..');
const COMPILER = process.env.CLANGXX ?? 'clang++-19';

const FLAGS = [
  '--target=wasm32-wasi',
  '-mexec-model=reactor',
  '-std=c++17',
  // Unrolled loops are a third more to download, and not faster.
  '-O2',
  '-fno-unroll-loops',
  '-flto',
  '-msimd128',
  // As for every other processor.
  '-fno-math-errno',
  '-ffp-contract=off',
  // What cannot be thrown ends in a trap: native/wasm/runtime.cpp.
  '-fno-rtti',
  '-fignore-exceptions',
  '-fno-threadsafe-statics',
  '-fvisibility=hidden',
  '-Wall',
  '-Wextra',
  '-Werror=switch',
  '-Wl,--strip-all',
  '-Wl,--gc-sections',
  '-Wl,-z,stack-size=262144',
  '-Wl,--max-memory=4294967296',
  '-Wl,--export=aligned_alloc',
  '-Wl,--export=free',
];

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** A digest of all that the module is made of: any other one means that it is out of date. */
function digestOfSources() {
  const hash = createHash('sha256').update(FLAGS.join(' '));
  for (const folder of ['core', 'cpu', 'include', 'wasm']) {
    const files = readdirSync(join(root, 'native', folder), { recursive: true, encoding: 'utf8' })
      .map((name) => name.replaceAll('\\', '/'))
      .filter((name) => /\.(h|cpp)$/.test(name))
      .sort();
    for (const name of files) {
      const text = readFileSync(join(root, 'native', folder, name), 'utf8').replaceAll('\r\n', '\n');
      hash.update(`\n${folder}/${name}\n${text}`);
    }
  }
  return hash.digest('hex');
}

/** The compiler's name of itself; undefined where there is none. */
function compilerVersion() {
  try {
    return execFileSync(COMPILER, ['--version'], { encoding: 'utf8' }).split('\n')[0];
  } catch {
    return undefined;
  }
}

/** Builds it to `file`. */
function build(file) {
  execFileSync(COMPILER, [...FLAGS, '-o', file, ...sourcesOf('wasm')], { cwd: root, stdio: 'inherit' });
}

module.exports = { build, compilerVersion, digestOfSources, sha256 };

if (require.main === module) {
  const file = join(root, 'native/wasm/squared_emd.wasm');
  build(file);
  const note = { compiler: compilerVersion(), sources: digestOfSources(), module: sha256(readFileSync(file)) };
  writeFileSync(join(root, 'native/wasm/squared_emd.json'), `${JSON.stringify(note, null, 2)}\n`);
  console.log(`native/wasm/squared_emd.wasm: ${readFileSync(file).length} bytes`);
}
