// More than a GPU has: an error with a code, a device that stays usable, and memory that comes back.
import * as assert from 'uvu/assert';
import { DeviceArray, EmdError, emdLoss, pinned, Stream } from '../../lib/index.js';
import { programsOf } from '../support/child.js';
import { floats } from '../support/wrong.js';
import { emulator, gpuSuite, status } from './support/gpu.js';

const test = gpuSuite('out of memory');
const survives = programsOf(__dirname);

const MEGABYTE = 2 ** 20;
const isOutOfMemory = (error: unknown) =>
  error instanceof EmdError && error.code === 'CUDA_OUT_OF_MEMORY' && /memory/.test(error.message);
const works = () => assert.is(emdLoss(DeviceArray.from(floats(16)), [0, 1], { classes: 8 }).rows, 2);

test('an allocation of more than there is', () => {
  const most = (status.devices[0]?.totalMemory ?? 0) / 4;
  for (const options of [{}, { ipc: true }, { stream: new Stream() }]) {
    for (const length of [most + 1, 2 ** 40, 2 ** 50]) {
      assert.throws(() => DeviceArray.allocate('float32', length, options), isOutOfMemory, `${length}`);
    }
    works();
  }
});

test('page-locked memory of more than there is', () => {
  assert.throws(() => pinned(2 ** 45), isOutOfMemory);
  works();
});

// 64 MB on a GPU, of which each round would take 16 for good.
const SMALL = { CUDA_EMULATOR_MEMORY: String(64 * MEGABYTE) };

test(
  'memory comes back when arrays are disposed of',
  () => void survives('using-memory', ['dispose'], { env: SMALL }),
  emulator,
);
test(
  'memory comes back when arrays are collected',
  () => {
    survives('using-memory', ['collect'], { env: SMALL, node: ['--expose-gc'] });
  },
  emulator,
);
test(
  'memory of calls that fail or throw comes back',
  () => void survives('using-memory', ['fail'], { env: SMALL }),
  emulator,
);
test('memory comes back from graphs', () => void survives('using-memory', ['graphs'], { env: SMALL }), emulator);
test(
  'the collector knows of the memory, and collects in time',
  () => void survives('using-memory', ['forget'], { env: { CUDA_EMULATOR_MEMORY: String(1000 * MEGABYTE) } }),
  emulator,
);
test(
  'the same where there are no memory pools',
  () => {
    for (const manner of ['dispose', 'fail', 'graphs']) {
      survives('using-memory', [manner], { env: { ...SMALL, CUDA_EMULATOR_POOLS: '0' } });
    }
  },
  emulator,
);

test.run();
