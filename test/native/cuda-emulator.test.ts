// The emulator catches what it is there to catch: every planted fault, for every seed, and nothing in its fault-free
// twin.
// runner: 15 s
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ADDRESS,
  compileFaults,
  findCompiler,
  inPairs,
  PLAIN,
  PORTABLE,
  THREAD,
  type Variant,
} from '../cuda-emulator/compile.js';
import { full } from '../support/scale.js';
import { skip } from '../support/skip.js';

const test = suite('cuda-emulator');

const WRONG = /^wrong result: value \d+ is /m;
const NAN = /^wrong result: value \d+ is -?nan/m;
const error = (name: string) => new RegExp(`^error ${name}$`, 'm');
const stopped = (what: string) => new RegExp(`^CUDA emulator: .*${what}`, 'm');
const inKernel = (what: string) => stopped(`block \\(\\d+, \\d+, \\d+\\).*: .*${what}`);

/** How each fault shows. A null is seen by ThreadSanitizer alone. */
const FAULTS: Record<string, RegExp | null> = {
  'missing barrier': WRONG,
  'missing warp barrier': WRONG,
  'missing second barrier': WRONG,
  'skipped barrier': inKernel('__syncthreads at threads.cpp:\\d+ is reached by 64 of 128 threads'),
  'exit before a barrier': inKernel('is reached by 127 of 128 threads: thread \\(77, 0, 0\\) has exited'),
  'two barriers': inKernel('reached the barrier at .* while other threads wait at the one at'),
  'divergent shuffle': inKernel('shuffle at .* is not reached by lane'),
  'shuffles with two masks': inKernel('shuffle at .* mask'),
  'shuffles at two places': inKernel('shuffle at .*, where other lanes of the mask 0xffffffff wait in the shuffle at'),
  'shuffle from an unnamed lane': inKernel('lane \\d+ reads lane \\d+, which the mask 0x\\w+ does not name'),
  'mask without the caller': inKernel('mask 0xfffffffe'),
  'mask of missing lanes': inKernel('which the block does not have'),
  'race of blocks': null,
  'missing fence': null,
  'fence of another thread': null,
  'missing barrier of a cluster': NAN,
  'barrier of a cluster that a block skips': inKernel("reached the cluster's barrier at .* while other threads wait"),
  'exit before a barrier of a cluster': inKernel(
    "the cluster's barrier at clusters.cpp:\\d+ is reached by 255 of 256 threads: thread \\(7, 0, 0\\) has exited of block",
  ),
  'barriers of a block and of its cluster': inKernel(
    '__syncthreads at .* is reached by 32 of 64 threads: thread .* waits at the cluster',
  ),
  'barriers of a cluster at two places': inKernel("reached the cluster's barrier at .* while other threads wait"),
  'memory of a block that has not begun': inKernel('which has not begun'),
  'memory of a block that has ended': inKernel('shared memory of a block that has ended'),
  'blocks that are no whole clusters': error('cudaErrorInvalidClusterSize'),
  'a cluster that is too large': error('cudaErrorInvalidClusterSize'),
  'copy not awaited': NAN,
  'older copies awaited': NAN,
  'newer copy read': NAN,
  'copy of another thread': WRONG,
  'copy left behind': inKernel('ends without having waited for its asynchronous copies'),
  'misaligned copy': inKernel('not aligned to 16 bytes'),
  'write behind memory': stopped('wrote outside of its memory, at byte 400 of 400 bytes of device memory'),
  'write before memory': stopped('wrote outside of its memory, at byte -4 of 400 bytes of device memory'),
  'read behind memory': NAN,
  'write behind shared memory': inKernel('at byte 400 of 400 bytes of shared memory'),
  'write before shared memory': inKernel('at byte -4 of 400 bytes of shared memory'),
  'read behind shared memory': NAN,
  'uninitialized memory': NAN,
  'uninitialized shared memory': NAN,
  'shared memory of the block before': NAN,
  'host reads device memory': stopped('host code accesses memory at byte 0 of 400 bytes of device memory'),
  'kernel gets host memory': stopped('argument 0 points to host memory'),
  'kernel gets a null pointer': inKernel('invalid access to'),
  'memory of another device': inKernel('at byte \\d+ of 400 bytes of device memory \\(device 1\\)'),
  'memory that was freed': inKernel('which has been freed'),
  'host writes behind pinned memory': stopped('host code wrote outside of its memory, at byte 400 of 400 bytes'),
  'freed twice': error('cudaErrorInvalidValue'),
  'misaligned vector': inKernel('not aligned to 16 bytes'),
  'misaligned pair': inKernel('not aligned to 8 bytes'),
  'stack overflow': inKernel('it overflowed'),
  'copy beyond memory': error('cudaErrorInvalidValue'),
  'copy the wrong way': error('cudaErrorInvalidValue'),
  'out of memory': error('cudaErrorMemoryAllocation'),
  'too many threads': error('cudaErrorInvalidConfiguration'),
  'too many threads in three dimensions': error('cudaErrorInvalidConfiguration'),
  'a block too deep': error('cudaErrorInvalidConfiguration'),
  'no blocks': error('cudaErrorInvalidConfiguration'),
  'no threads': error('cudaErrorInvalidConfiguration'),
  'a grid too high': error('cudaErrorInvalidConfiguration'),
  'shared memory not asked for': error('cudaErrorInvalidValue'),
  'too much shared memory': error('cudaErrorInvalidValue'),
  'stream of another device': error('cudaErrorInvalidResourceHandle'),
  'missing stream synchronization': NAN,
  'pinned memory overwritten too early': WRONG,
  'missing event between streams': NAN,
  'upload in another stream': NAN,
  'freed while another stream uses it': inKernel('which has been freed'),
  'event not awaited': error('cudaErrorNotReady'),
  'allocation while capturing': error('cudaErrorStreamCaptureInvalidated'),
  'synchronization while capturing': error('cudaErrorStreamCaptureInvalidated'),
  'id of a captured stream': error('cudaErrorStreamCaptureInvalidated'),
  'pageable copy while capturing': error('cudaErrorStreamCaptureUnsupported'),
  'graph in two streams': WRONG,
  'capture not joined': error('cudaErrorStreamCaptureUnjoined'),
  'capture waits for uncaptured work': error('cudaErrorStreamCaptureIsolation'),
};

const REPORTS: Record<string, RegExp> = {
  address: /^==\d+==ERROR: AddressSanitizer: /m,
  thread: /^WARNING: ThreadSanitizer: data race /m,
};

interface Ending {
  output: string;
  code: number | null;
}

function run(program: string, fault: string, kind: 'good' | 'bad', seed: number): Promise<Ending> {
  return new Promise((resolve) => {
    const child = spawn(program, [fault, kind], {
      env: {
        ...process.env,
        CUDA_EMULATOR_SEED: String(seed),
        TSAN_OPTIONS: 'halt_on_error=1:report_signal_unsafe=0:atexit_sleep_ms=0',
      },
      timeout: 60_000,
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => resolve({ output, code }));
  });
}

/** Seeds for which the fault went unnoticed, or its twin was not found fine, with what the program said. */
async function mistakes(program: string, variant: Variant, fault: string, seeds: number): Promise<string[]> {
  const found: string[] = [];
  const report = REPORTS[variant.name];
  const expected = [FAULTS[fault], report].filter((pattern) => pattern !== null && pattern !== undefined);
  for (let seed = 1; seed <= seeds; seed++) {
    const good = await run(program, fault, 'good', seed);
    if (good.code !== 0 || good.output !== 'fine\n') found.push(`${fault}, good, seed ${seed}: ${good.output}`);
    if (FAULTS[fault] === null && variant !== THREAD) continue;
    const bad = await run(program, fault, 'bad', seed);
    const noticed = bad.code !== 0 && expected.some((pattern) => pattern.test(bad.output));
    if (!noticed) found.push(`${fault}, bad, seed ${seed}, exit code ${bad.code}: ${bad.output.slice(0, 2000)}`);
  }
  return found;
}

const variants: [Variant, number][] = full
  ? [
      [PLAIN, 10],
      [PORTABLE, 1],
      [ADDRESS, 2],
      [THREAD, 2],
    ]
  : [[PLAIN, 3]];

for (const [variant, seeds] of variants) {
  const title = `every planted fault is caught, ${seeds} seeds, ${variant.name}`;
  const folder = mkdtempSync(join(tmpdir(), 'squared-emd-'));
  const clean = () => rmSync(folder, { recursive: true, force: true });
  const { compiler, reason } = findCompiler(variant, folder);
  if (compiler === undefined) {
    clean();
    skip(test, title, reason);
    continue;
  }
  test(title, async () => {
    try {
      const program = await compileFaults(compiler, variant, folder);
      const names = execFileSync(program, { encoding: 'utf8' }).trim().split('\n');
      assert.equal(names, Object.keys(FAULTS));
      const found: string[] = [];
      await inPairs(names, async (name) => {
        found.push(...(await mistakes(program, variant, name, seeds)));
      });
      assert.is(found.join('\n'), '');
    } finally {
      clean();
    }
  });
}

test.run();
