// Builds native/wasm/squared_emd.wasm with clang and wasi-libc (Debian 12: apt-get install clang-19 lld-19
// libclang-rt-19-dev-wasm32 libc++-19-dev-wasm32 wasi-libc), and notes beside it what it was built from and with. Both are in the
// repository, so that nobody needs clang to use or test the package.
const { execFileSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { sourcesOf } = require('../native/list-sources.js');

const root = join(__dirname, '..');
const COMPILER = process.env.CLANGXX ?? 'clang++-19';

const FLAGS = [
  '--target=wasm32-wasi',
  '-std=c++17',
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
];
/** Kernels are all in one file. Loops of a few vectors have to be unrolled; those of unknown length are more to download, not faster. */
const KERNELS = 'native/wasm/instruction_set.cpp';
const KERNEL_FLAGS = ['-O3', '-mllvm', '-unroll-runtime=false'];
const OTHER_FLAGS = ['-Os'];
const LINK_FLAGS = [
  '-O3',
  '-mexec-model=reactor',
  '-Wl,-mllvm,-unroll-runtime=false',
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
  const hash = createHash('sha256').update([FLAGS, KERNEL_FLAGS, OTHER_FLAGS, LINK_FLAGS].flat().join(' '));
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
  const folder = mkdtempSync(join(tmpdir(), 'squared-emd-wasm-'));
  const run = (parameters) => execFileSync(COMPILER, [...FLAGS, ...parameters], { cwd: root, stdio: 'inherit' });
  try {
    const objects = sourcesOf('wasm').map((source, i) => {
      const object = join(folder, `${i}.o`);
      run([...(source === KERNELS ? KERNEL_FLAGS : OTHER_FLAGS), '-c', source, '-o', object]);
      return object;
    });
    run([...LINK_FLAGS, '-o', file, ...objects]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

module.exports = { build, compilerVersion, digestOfSources, sha256 };

if (require.main === module) {
  const file = join(root, 'native/wasm/squared_emd.wasm');
  build(file);
  const note = { compiler: compilerVersion(), sources: digestOfSources(), module: sha256(readFileSync(file)) };
  writeFileSync(join(root, 'native/wasm/squared_emd.json'), `${JSON.stringify(note, null, 2)}\n`);
  console.log(`native/wasm/squared_emd.wasm: ${readFileSync(file).length} bytes`);
}
