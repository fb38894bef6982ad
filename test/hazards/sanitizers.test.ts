// The CPU backend under AddressSanitizer and UndefinedBehaviorSanitizer, and in the full form ThreadSanitizer: see sanitize.cpp.
// runner: 30 s
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { info } from '../../lib/index.js';
import { full } from '../support/scale.js';
import { skip } from '../support/skip.js';

const test = suite('sanitizers');

const execute = promisify(execFile);

// As execFile, but the error says what the program did.
async function run(program: string, parameters: string[], env = process.env): Promise<string> {
  try {
    return (await execute(program, parameters, { env, maxBuffer: 2 ** 26 })).stdout;
  } catch (error) {
    const { code, signal, stdout, stderr } = error as {
      code?: number;
      signal?: string;
      stdout: string;
      stderr: string;
    };
    throw new Error(
      `${basename(program)} ended with ${signal ?? code}\n${stdout.slice(-2000)}\n${stderr.slice(0, 6000)}`,
    );
  }
}

const root = join(__dirname, '../../..');

const BASE = [
  '-std=c++17',
  // Three times as fast to compile as -O1.
  '-Og',
  '-g1',
  '-fno-omit-frame-pointer',
  '-fno-sanitize-recover=all',
  '-ffp-contract=off',
  '-pthread',
];
const INSTRUCTIONS: Record<string, string[]> = {
  cpu_avx2: ['-mavx2', '-mfma'],
  cpu_avx512: ['-mavx2', '-mfma', '-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl'],
};

// The first compiler that builds and runs a program with these sanitizers, or why there is none.
function findCompiler(sanitizers: string, folder: string): { compiler?: string; reason: string } {
  if (process.platform === 'win32') return { reason: 'sanitize.cpp uses mmap' };
  const source = join(folder, 'nothing.cpp');
  const program = join(folder, 'nothing');
  writeFileSync(source, '#include <thread>\nint main() { std::thread([] {}).join(); }\n');
  const candidates = [process.env.CXX, 'g++', 'clang++'].filter((name) => name !== undefined && name !== '');
  const reasons: string[] = [];
  for (const compiler of candidates as string[]) {
    const build = spawnSync(compiler, [...BASE, `-fsanitize=${sanitizers}`, source, '-o', program], {
      encoding: 'utf8',
    });
    const trial = build.status === 0 ? spawnSync(program, { encoding: 'utf8' }) : build;
    if (trial.status === 0) return { compiler, reason: '' };
    reasons.push(
      `${compiler}: ${trial.error?.message ?? (trial.stderr.trim().split('\n')[0] || `status ${trial.status}`)}`,
    );
  }
  return { reason: reasons.join('; ') };
}

interface Unit {
  source: string;
  flags: string[];
}

function units(): Unit[] {
  const { sourcesOf } = require(join(root, 'native/list-sources.js')) as { sourcesOf(group: string): string[] };
  const groups =
    process.arch === 'x64' ? ['cpu', 'cpu_baseline', ...Object.keys(INSTRUCTIONS)] : ['cpu', 'cpu_baseline'];
  const all = groups.flatMap((group) =>
    sourcesOf(group).map((source) => ({ source, flags: INSTRUCTIONS[group] ?? [] })),
  );
  // The slowest first, so that two at a time end together.
  return [...all, { source: 'test/hazards/programs/sanitize.cpp', flags: [] }].sort(
    (a, b) => Number(/kernels/.test(b.source)) - Number(/kernels/.test(a.source)),
  );
}

async function build(compiler: string, sanitizers: string, folder: string): Promise<string> {
  const flags = [...BASE, `-fsanitize=${sanitizers}`];
  const queue = units();
  const objects: string[] = [];
  const compileNext = async (): Promise<void> => {
    for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) {
      const object = join(folder, `${basename(unit.source)}.o`);
      objects.push(object);
      await run(compiler, [...flags, ...unit.flags, '-c', join(root, unit.source), '-o', object]);
    }
  };
  await Promise.all([compileNext(), compileNext()]);
  const program = join(folder, 'sanitize');
  await run(compiler, [...flags, ...objects, '-o', program]);
  return program;
}

async function check(compiler: string, sanitizers: string, folder: string): Promise<void> {
  const program = await build(compiler, sanitizers, folder);
  const passed = await Promise.all(
    info().isas.map(async (isa) => {
      const output = await run(program, [], { ...process.env, SQUARED_EMD_ISA: isa });
      assert.match(output, new RegExp(`^${isa}: \\d{3,} problems\n$`));
      return isa;
    }),
  );
  assert.equal(passed, info().isas);
}

for (const sanitizers of full ? ['address,undefined', 'thread'] : ['address,undefined']) {
  const title = `every instruction set under -fsanitize=${sanitizers}`;
  const folder = mkdtempSync(join(tmpdir(), 'squared-emd-'));
  const clean = () => rmSync(folder, { recursive: true, force: true });
  const { compiler, reason } = findCompiler(sanitizers, folder);
  if (compiler === undefined) {
    clean();
    skip(test, title, reason);
    continue;
  }
  test(title, () => check(compiler, sanitizers, folder).finally(clean));
}

test.run();
