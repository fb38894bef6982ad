// What npm would publish, installed by somebody without compilers.
// runner: 10 s
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { full } from '../support/scale.js';
import { skip } from '../support/skip.js';

const test = suite('package');

const root = join(__dirname, '../../..');
const platform = `${process.platform}-${process.arch}`;
const TRAIN_A_STEP = `
  const { emdLoss } = require('squared-emd');
  const logits = Float32Array.of(1, 0, 0, 0, 0, 1);
  const { loss, gradient } = emdLoss(logits, [0, 1], { classes: 3 });
  const next = emdLoss(logits.map((z, i) => z - gradient[i]), [0, 1], { classes: 3 }).loss;
  if (!(next < loss)) throw new Error(loss + ' did not shrink: ' + next);
  console.log('trained');
`;

function run(command: string, parameters: string[], folder: string, env: NodeJS.ProcessEnv = process.env): string {
  const { status, stdout, stderr } = spawnSync(command, parameters, { cwd: folder, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${parameters.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

/** The checkout without its history, tests and builds. */
function copyOfPackage(folder: string): string {
  const copy = join(folder, 'package');
  mkdirSync(copy);
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[] };
  for (const name of [...files, 'package.json', 'README.md', 'LICENSE', 'CMakeLists.txt', 'scripts']) {
    if (name !== 'prebuilds' && existsSync(join(root, name)))
      cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** As prebuildify would leave it; the full tests let it. */
function makePrebuild(copy: string): void {
  if (full) {
    run('npm', ['run', 'prebuild'], copy, { ...process.env, SQUARED_EMD_CUDA: 'OFF' });
    return;
  }
  const addon = (require('node-gyp-build') as { path(folder: string): string }).path(root);
  mkdirSync(join(copy, 'prebuilds', platform), { recursive: true });
  cpSync(addon, join(copy, 'prebuilds', platform, 'squared-emd.node'));
}

const pathOf = (program: string) => run('sh', ['-c', `command -v ${program}`], root).trim();

/** A folder of programs, for a PATH without compilers. Its node is this one. */
function programs(folder: string, names: string[]): string {
  const path = join(folder, 'bin');
  mkdirSync(path);
  symlinkSync(process.execPath, join(path, 'node'));
  for (const name of names) symlinkSync(pathOf(name), join(path, name));
  return path;
}

/** The program of npm: this node's own, or for one that came alone that of the PATH. */
function npmProgram(): string {
  const own = join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js');
  return existsSync(own) ? own : realpathSync(pathOf('npm'));
}

/** Packs a copy of the package, and installs the tarball into an empty project whose PATH has no compilers. */
function withProject(
  prepare: (copy: string) => void,
  body: (project: string, env: NodeJS.ProcessEnv, installed: string) => void,
): void {
  const folder = mkdtempSync(join(tmpdir(), 'squared-emd-package-'));
  try {
    const copy = copyOfPackage(folder);
    prepare(copy);
    run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], copy);
    const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz'));
    assert.ok(tarball, 'npm pack left a tarball');
    const project = join(folder, 'project');
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{ "name": "user", "private": true }');
    const env = { ...process.env, PATH: programs(folder, ['sh', 'env']) };
    run(process.execPath, [npmProgram(), 'install', '--no-audit', '--no-fund', join(folder, tarball)], project, env);
    body(project, env, join(project, 'node_modules/squared-emd'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const needsLinks = process.platform === 'win32' ? 'the test makes its PATH of symbolic links' : undefined;
function check(name: string, body: () => void): void {
  if (needsLinks === undefined) test(name, body);
  else skip(test, name, needsLinks);
}

check('packed, installed from the tarball into an empty project without compilers, and trained with', () => {
  withProject(makePrebuild, (project, env, installed) => {
    assert.not(existsSync(join(installed, 'build')), 'nothing was compiled');
    const own = { ...env, SQUARED_EMD_BACKEND: 'native' };
    assert.is(run(process.execPath, ['-e', TRAIN_A_STEP], project, own), 'trained\n');
    assert.match(
      run(process.execPath, [join(installed, 'bin/squared-emd.js'), 'info'], project, env),
      /squared-emd \d/,
    );
  });
});

check('the same without a binary: WebAssembly trains, and there is nothing that a package manager would run', () => {
  withProject(
    () => {},
    (project, env, installed) => {
      const { scripts, gypfile } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
      for (const name of ['preinstall', 'install', 'postinstall']) assert.not(name in scripts, name);
      assert.is(gypfile, false);
      assert.not(existsSync(join(installed, 'binding.gyp')), 'npm would run node-gyp');
      const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', TRAIN_A_STEP], {
        cwd: project,
        env,
        encoding: 'utf8',
      });
      assert.is(status, 0, stderr);
      assert.is(stdout, 'trained\n');
      assert.match(stderr, /SQUARED_EMD_WASM[\s\S]*npx squared-emd build/);
      if (!full) return;
      const build = [join(installed, 'bin/squared-emd.js'), 'build'];
      run(process.execPath, build, project, { ...process.env, npm_execpath: npmProgram() });
      const own = { ...env, SQUARED_EMD_BACKEND: 'native' };
      assert.is(run(process.execPath, ['-e', TRAIN_A_STEP], project, own), 'trained\n');
    },
  );
});

test.run();
