// The command behind `npm run test:runtimes`: users' programs on Node, Bun and Deno. Arguments choose among them, as `node@18` or
// `bun`; npm brings them into a temporary folder. A runtime that npm cannot bring for this platform is skipped unless it was asked for.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeProject } from '../../support/user-project.js';

const root = join(__dirname, '../../../..');
const RUNTIMES = ['node@18', 'node@20', 'node@22', 'node@24', 'node@latest', 'bun@latest', 'deno@latest'];

const { platform, arch } = process;
const windows = platform === 'win32';

/** The package that holds the program for this platform, without the scripts that would fetch it; the program; and how it runs a file. */
const KINDS: Record<string, { name: string; program: string; run: string[] }> = {
  node: {
    name: `node-${windows ? 'win' : platform}-${arch}`,
    program: windows ? 'bin/node.exe' : 'bin/node',
    run: [],
  },
  bun: {
    name: `@oven/bun-${windows ? 'windows' : platform}-${arch === 'arm64' ? 'aarch64' : arch}`,
    program: windows ? 'bin/bun.exe' : 'bin/bun',
    run: ['run'],
  },
  deno: {
    name: `@deno/${platform}-${arch}${platform === 'linux' ? '-glibc' : ''}`,
    program: windows ? 'deno.exe' : 'deno',
    run: ['run', '--allow-all'],
  },
};

/** The runtime's program and its arguments before the file; or why there is none. */
function bring(runtime: string, folder: string): string[] | string {
  const [kind, version = 'latest'] = runtime.split('@');
  if (!Object.hasOwn(KINDS, kind)) return `no runtime is called ${kind}`;
  const { name, program, run } = KINDS[kind];
  const prefix = join(folder, runtime.replace('@', '-'));
  mkdirSync(prefix);
  const { status, stderr } = spawnSync(
    'npm',
    ['install', '--prefix', prefix, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${version}`],
    { cwd: prefix, encoding: 'utf8', shell: windows },
  );
  const path = join(prefix, 'node_modules', name, program);
  return status === 0 && existsSync(path) ? [path, ...run] : `npm does not bring ${name}@${version}\n${stderr.trim()}`;
}

const PROGRAMS = ['program.mjs', 'wasm.mjs'];
const THEIR_FILES = ['worker.mjs', 'classifier.mjs', 'wasm-worker.mjs'];

/** A project with the programs, and the package with this checkout's addon. */
function makeUsersProject(folder: string): string {
  const project = join(folder, 'project');
  const installed = makeProject(project, ['dist/lib', 'dist/cjs', 'native/wasm/squared_emd.wasm']);
  const addon = (require('node-gyp-build') as { path(folder: string): string }).path(root);
  cpSync(addon, join(installed, 'prebuilds', `${platform}-${arch}`, 'squared-emd.node'));
  for (const name of [...PROGRAMS, ...THEIR_FILES])
    cpSync(join(root, 'test/package/runtimes', name), join(project, name));
  return project;
}

function main(chosen: string[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'squared-emd-runtimes-'));
  const counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    const project = makeUsersProject(folder);
    for (const runtime of chosen.length > 0 ? chosen : RUNTIMES) {
      const command = bring(runtime, folder);
      if (typeof command === 'string') {
        counts[chosen.length > 0 ? 'failed' : 'skipped']++;
        console.log(`${chosen.length > 0 ? 'FAIL' : 'skip'} ${runtime}: ${command}`);
        continue;
      }
      for (const program of PROGRAMS) {
        const [path, ...parameters] = command;
        const { status, signal, stdout, stderr } = spawnSync(path, [...parameters, program], {
          cwd: project,
          encoding: 'utf8',
          timeout: 300_000,
        });
        const passed = status === 0 && /^passed on [^\n]*\n$/.test(stdout);
        counts[passed ? 'passed' : 'failed']++;
        const failure = `FAIL ${runtime}, ${program} (${signal ?? status})\n${stdout}${stderr}`;
        console.log(passed ? ` ok  ${runtime}: ${stdout.trim()}` : failure);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const { passed, failed, skipped } = counts;
  console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

main(process.argv.slice(2));
