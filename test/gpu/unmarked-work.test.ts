// Work that was enqueued, and then the event that marks its end cannot be recorded: the call fails, and nothing of it is left behind
// for the next one.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programsOf } from '../support/child.js';
import { emulator, gpuSuite, isEmulator } from './support/gpu.js';

const test = gpuSuite('unmarked work');
const survives = programsOf(__dirname);

const folder = mkdtempSync(join(tmpdir(), 'squared-emd-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** The library that fails in front of the emulator; undefined where there is no compiler. */
function compiled(): string | undefined {
  const source = join(__dirname, '../../../test/gpu/programs/unmarked.cpp');
  const library = join(folder, 'unmarked.so');
  const { status, error, stderr } = spawnSync(process.env.CXX ?? 'c++', ['-shared', '-fPIC', source, '-o', library], {
    encoding: 'utf8',
  });
  if (error) return undefined;
  if (status !== 0) throw new Error(stderr);
  return library;
}

const library = isEmulator ? compiled() : undefined;

for (const [title, manner, fails] of [
  ['a loss', 'loss', 'loss'],
  ['a loss on another thread', 'loss-async', 'loss'],
  ['a copy to the host', 'download', 'download'],
]) {
  test(
    title,
    () => {
      survives('unmarked', [manner], {
        env: {
          SQUARED_EMD_CUDA_LIBRARY: library as string,
          SQUARED_EMD_TEST_LIBRARY: process.env.SQUARED_EMD_CUDA_LIBRARY as string,
          SQUARED_EMD_TEST_FAILS: fails,
        },
      });
    },
    () => emulator() ?? (library === undefined ? 'no C++ compiler' : undefined),
  );
}

test.run();
