// Compiles the planted faults and the emulator's runtime with any C++ compiler that works, without CMake.
import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const sources = join(__dirname, '../../../test/cuda-emulator');

export interface Variant {
  name: string;
  /** The flags of the kernels, and those of the runtime, which ThreadSanitizer must not watch. */
  kernels: string[];
  runtime: string[];
}

export const PLAIN: Variant = { name: 'plain', kernels: [], runtime: [] };
export const PORTABLE: Variant = { name: 'portable', kernels: [], runtime: ['-DCUDA_EMULATOR_UCONTEXT'] };
export const ADDRESS: Variant = {
  name: 'address',
  kernels: ['-fsanitize=address'],
  runtime: ['-fsanitize=address'],
};
export const THREAD: Variant = {
  name: 'thread',
  kernels: ['-fsanitize=thread'],
  runtime: ['-DCUDA_EMULATOR_THREAD_SANITIZER'],
};

const BASE = ['-std=c++17', '-O1', '-g1', '-Wall', '-Wextra', '-Werror', '-fno-omit-frame-pointer', '-pthread'];

/** As in CMakeLists.txt, for kernels. */
const ALIGNED = ['-fsanitize=alignment', '-fno-sanitize-recover=alignment'];

/** The first compiler whose programs run with the variant's flags, or the reason why there is none. */
export function findCompiler({ kernels }: Variant, folder: string): { compiler?: string; reason: string } {
  if (process.platform !== 'linux') return { reason: 'the emulator uses Linux system calls' };
  const source = join(folder, 'nothing.cpp');
  const program = join(folder, 'nothing');
  writeFileSync(source, 'int main() {}\n');
  const reasons: string[] = [];
  for (const compiler of [process.env.CXX, 'g++', 'clang++']) {
    if (!compiler) continue;
    const build = spawnSync(compiler, [...BASE, ...kernels, source, '-o', program], { encoding: 'utf8' });
    const trial = build.status === 0 ? spawnSync(program, { encoding: 'utf8' }) : build;
    if (trial.status === 0) return { compiler, reason: '' };
    reasons.push(`${compiler}: ${trial.error?.message ?? trial.stderr.trim().split('\n')[0]}`);
  }
  return { reason: reasons.join('; ') };
}

/** Does the work for all items, two at a time. */
export async function inPairs<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const next = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all([next(), next()]);
}

export async function compileFaults(compiler: string, { kernels, runtime }: Variant, folder: string): Promise<string> {
  const units = [
    ...readdirSync(join(sources, 'faults')).map((file) => ({
      file: join('faults', file),
      flags: [...kernels, ...ALIGNED],
    })),
    ...readdirSync(join(sources, 'runtime')).map((file) => ({ file: join('runtime', file), flags: runtime })),
  ].filter(({ file }) => file.endsWith('.cpp'));
  const include = `-I${join(sources, 'include')}`;
  const objects: string[] = [];
  await inPairs(units, async ({ file, flags }) => {
    const object = join(folder, `${file.replace('/', '-')}.o`);
    objects.push(object);
    await execute(compiler, [...BASE, ...flags, include, '-c', join(sources, file), '-o', object]).catch((error) => {
      throw new Error(`${basename(file)} does not compile:\n${error.stderr.slice(0, 4000)}`);
    });
  });
  const program = join(folder, 'faults');
  await execute(compiler, [...BASE, ...kernels, ...objects, '-ldl', '-o', program]);
  return program;
}
