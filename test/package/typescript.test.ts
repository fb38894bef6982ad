// Users' programs compile against what is published: with the oldest TypeScript and the newest, however modules are resolved, with and
// without @types/node, and with the declarations themselves checked (skipLibCheck: false).
// runner: 25 s
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { full } from '../support/scale.js';

const test = suite('TypeScript');

const root = join(__dirname, '../../..');
const programs = join(root, 'test/package/typescript/program');

interface Version {
  folder: string;
  /** The first stands for all of them in the short form. */
  resolutions: [string, ...string[]];
}
const VERSIONS: Version[] = [
  { folder: 'test/package/typescript/4.7', resolutions: ['node', 'node16'] },
  { folder: 'test/package/typescript/5', resolutions: ['node10', 'node16', 'bundler'] },
  { folder: '.', resolutions: ['bundler', 'node16'] },
];
const versionIn = (folder: string): string =>
  JSON.parse(readFileSync(join(root, folder, 'node_modules/typescript/package.json'), 'utf8')).version;

interface Setting {
  resolution: string;
  /** Links into the user's node_modules. */
  packages: string[];
  files: Record<string, string>;
  options?: object;
}

/** A project with the package as npm would publish it. */
function makeProject({ resolution, packages, files, options }: Setting): string {
  const folder = mkdtempSync(join(tmpdir(), 'squared-emd-typescript-'));
  const modules = join(folder, 'node_modules');
  const installed = join(modules, 'squared-emd');
  mkdirSync(installed, { recursive: true });
  cpSync(join(root, 'package.json'), join(installed, 'package.json'));
  cpSync(join(root, 'dist/lib'), join(installed, 'dist/lib'), { recursive: true });
  for (const name of packages) {
    mkdirSync(join(modules, name, '..'), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
  }
  for (const [name, source] of Object.entries(files)) cpSync(join(programs, source), join(folder, name));
  const compilerOptions = {
    target: 'ES2020',
    module: { node16: 'node16', bundler: 'ES2020' }[resolution] ?? 'CommonJS',
    moduleResolution: resolution,
    strict: true,
    skipLibCheck: false,
    // What comes with TypeScript is its own matter.
    skipDefaultLibCheck: true,
    noEmit: true,
    ...options,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: Object.keys(files) }));
  writeFileSync(join(folder, 'package.json'), '{ "name": "user", "private": true }');
  return folder;
}

/** What the compiler says, but for what it says about other packages' declarations. */
function complaints(compiler: string, setting: Setting): string {
  const folder = makeProject(setting);
  try {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, compiler, 'node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false'],
      { cwd: folder, encoding: 'utf8' },
    );
    if (status === null || stderr !== '') return `${status}: ${stderr}`;
    const others = /^\S*node_modules\/(?!squared-emd\/)[^(]*\(\d+,\d+\): error /;
    return stdout
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith(' ') && !others.test(line))
      .join('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const NODE_TYPES = ['@types/node', 'undici-types'];
const PEERS = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', 'onnxruntime-common', '@webgpu/types'];

for (const { folder, resolutions } of VERSIONS) {
  const version = versionIn(folder);
  for (const resolution of resolutions) {
    const files: Record<string, string> =
      resolution === 'node16' ? { 'main.mts': 'main.ts', 'main.cts': 'main.ts' } : { 'main.ts': 'main.ts' };
    const check = (name: string, setting: Omit<Setting, 'resolution'>) =>
      test(`${version}, moduleResolution ${resolution}: ${name}`, () =>
        assert.is(complaints(folder, { resolution, ...setting }), ''));

    check('nothing else installed', { packages: [], files: { ...files, 'strict.ts': 'strict.ts' } });
    if (!full && resolution !== resolutions[0]) continue;
    const peers = { 'peers.ts': 'peers.ts', 'webgpu.ts': 'webgpu.ts' };
    check('@types/node and the peers', { packages: [...NODE_TYPES, ...PEERS], files: { ...files, ...peers } });
    check('without strict null checks', { packages: [], files, options: { strict: false } });
    if (version.startsWith('4')) continue;
    const options = { lib: ['ES2022', 'ESNext.Disposable'], target: 'ES2022' };
    check('using', { packages: [], files: { 'using.ts': 'using.ts' }, options });
    if (full) check('the peers without @types/node', { packages: PEERS, files: peers });
  }
}

test('a mistake is found', () => {
  const files = { 'strict.ts': 'strict.ts' };
  const setting = { resolution: 'bundler', packages: [], files, options: { strict: false } };
  assert.match(complaints('.', setting), /^strict\.ts\(\d+,\d+\): error TS2578: Unused/);
});

test.run();
