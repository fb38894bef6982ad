// The CUDA library without Node: programs that tools which watch memory and threads can run, too.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { full, seed } from '../support/scale.js';
import { emulator, gpuSuite } from './support/gpu.js';

const test = gpuSuite('native programs');

const root = join(__dirname, '../../..');

function run(command: string, parameters: string[], env = process.env): void {
  const { status, signal, stdout, stderr } = spawnSync(command, parameters, { cwd: root, encoding: 'utf8', env });
  if (status !== 0)
    throw new Error(`${command} ended with ${signal ?? status}:\n${stdout.slice(-2000)}${stderr.slice(0, 6000)}`);
}

/** The programs of the build that the library is from, and the library. */
const emulated = process.env.SQUARED_EMD_CUDA_LIBRARY;
const folder = emulated ? dirname(emulated) : join(root, 'build/cuda');
const library = emulated ?? join(root, 'build/Release/libsquared_emd_cuda.so');
const built = () =>
  existsSync(join(folder, 'cuda_compare')) ? undefined : `the programs of npm run build:cuda in ${folder}`;

test(
  'every ground distance, target and layout as on the CPU',
  () => run(join(folder, 'cuda_compare'), [library, `${seed}`]),
  built,
);
test('several threads on one stream get their own results', () => run(join(folder, 'cuda_threads'), [library]), built);

if (full && process.env.CUDA_EMULATOR_SEED === '1') {
  // Races between the threads of kernels, and accesses beside or inside of memory.
  // ThreadSanitizer takes a hundred times as long; the emulator's own signal handler is none of its business.
  const env = { ...process.env, TSAN_OPTIONS: 'report_signal_unsafe=0' };
  for (const [sanitizer, mostClasses] of [
    ['address', 9000],
    ['thread', 40],
  ] as const) {
    test(
      `the same under the ${sanitizer} sanitizer`,
      () => {
        run('npm', ['run', `build:emulator:${sanitizer}`]);
        const build = join(root, `build/emulator-${sanitizer}`);
        run(join(build, 'cuda_compare'), [join(build, 'libsquared_emd_cuda.so'), '1', `${mostClasses}`], env);
      },
      emulator,
    );
  }
}

test.run();
