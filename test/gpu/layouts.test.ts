// The hazards of rows that pass through shared memory and are walked through by several threads: classes that do not fill a layout of
// threads, labels where two threads meet, rows that begin anywhere in memory, and more rows than run at once.
import * as assert from 'uvu/assert';
import { DeviceArray, emdLoss } from '../../lib/index.js';
import { HALVES } from '../../shared/half.js';
import { optionsOf, predictionsOf, targetsOf } from '../../shared/oracle/call.js';
import { type Description, type GroundName, makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { checkResult } from '../support/check.js';
import { programsOf } from '../support/child.js';
import { byTurns, scaled, seed } from '../support/scale.js';
import { sameAnywhere } from './support/anywhere.js';
import { evaluateOnDevice, release } from './support/device-call.js';
import { emulator, gpuSuite, isEmulator, status } from './support/gpu.js';

const survives = programsOf(__dirname);
const test = gpuSuite('layouts of threads');

/** The most classes of each layout of the one-pass form, and one more. */
const EDGES = [4, 8, 16, 32, 64, 128, 256, 512, 1536].flatMap((most) => [most, most + 1]);
/** As many classes as a thread takes, in one layout or another. */
const PER_THREAD = [4, 8, 17, 25, 33, 49];

function labelsOf(classes: number): number[] {
  const near = PER_THREAD.flatMap((count) => [count, 2 * count, classes - count]).flatMap((at) => [at - 1, at, at + 1]);
  const all = [0, 1, classes - 2, classes - 1, classes >> 1, ...near];
  const inside = [...new Set(all.filter((label) => label >= 0 && label < classes))];
  return classes > 1000 ? inside.slice(0, scaled(6, 40)) : inside;
}

const GROUNDS: GroundName[] = ['ordered', 'ordered-gaps', 'circular', 'circular-gaps'];

for (const ground of GROUNDS) {
  test(`${ground}: labels at the edges of rows and threads, for classes at the edges of layouts`, () => {
    for (const classes of [2, 3, 1300, 4097, ...EDGES, ...scaled([], [20000, 20001])]) {
      const labels = labelsOf(classes);
      const description: Description = { ...PLAIN, classes, ground, rows: labels.length, mood: 'calm', mix: 'both' };
      const problem = makeProblem(description, seed);
      problem.targets.values = Int32Array.from(labels);
      checkResult(problem, evaluateOnDevice(problem), JSON.stringify({ seed, ...description }));
    }
  });
}

const DTYPES = ['float32', ...HALVES] as const;

for (const dtype of DTYPES) {
  test(`${dtype}: predictions and gradients anywhere in memory are the same to the last bit, with nothing beside them touched`, () => {
    for (const [i, [classes, rows]] of [
      [2, 5],
      [3, 70],
      [8, 33],
      [10, 21],
      [37, 9],
      [38, 9],
      [101, 6],
      [102, 6],
      [104, 6],
      [301, 5],
      [1002, 3],
      [1003, 3],
      [9001, 1],
      [40_002, 1],
    ].entries()) {
      for (const [j, ground] of (['ordered', 'circular-gaps', 'matrix', 'tree-random', 'energy'] as const).entries()) {
        if (ground !== 'ordered' && !byTurns(i + j, DTYPES).includes(dtype)) continue;
        if (/matrix|energy/.test(ground) && classes > 1003) continue;
        if (ground !== 'ordered' && classes > 9001) continue;
        const problem = makeProblem({ ...PLAIN, classes, rows, ground, mood: 'calm' }, seed);
        sameAnywhere(problem, dtype, `${ground}, ${rows} x ${classes}`);
      }
    }
  });
}

/** The emulator has 4 multiprocessors; a block and its rows are what they are. */
const times = isEmulator ? 1 : Math.ceil((status.devices[0]?.multiprocessors ?? 4) / 4);

for (const dtype of ['float32', 'bfloat16'] as const) {
  test(`${dtype}: rows are the same to the last bit when there are more of them than run at once, some without weight`, () => {
    for (const [classes, most] of [
      [4, 10_000],
      [10, 9000],
      [30, 5000],
      [101, 2000],
      [200, 900],
      [500, 500],
      [1000, 300],
      [9001, 30],
    ]) {
      for (const ground of ['ordered', 'matrix'] as const) {
        if (ground === 'matrix' && classes > 1000) continue;
        const rows = most * times + 1;
        const problem = makeProblem({ ...PLAIN, classes, rows: 64, ground, reduction: 'sum', mood: 'calm' }, seed);
        const pattern = predictionsOf(problem);
        const labels = targetsOf(problem.targets) as Int32Array;
        const predictions = new Float32Array(rows * classes);
        for (let at = 0; at < predictions.length; at += pattern.length) {
          predictions.set(pattern.subarray(0, predictions.length - at), at);
        }
        // Whole spans without weight among them.
        const sampleWeights = Float32Array.from({ length: Math.max(rows, 64) }, (_, row) =>
          (row >> 6) % 3 === 1 ? 0 : 1,
        );
        const call = (values: Float32Array, count: number) => {
          const array = DeviceArray.from(values, { dtype });
          const options = { ...optionsOf(problem), losses: true, sampleWeights: sampleWeights.subarray(0, count) };
          const result = emdLoss(
            array,
            Int32Array.from({ length: count }, (_, row) => labels[row % 64]),
            options,
          );
          const [gradient, losses] = [result.gradient, result.losses].map((one) => (one as DeviceArray).toHost());
          release(array, result.gradient, result.losses);
          return { gradient: gradient as Numbers, losses: losses as Numbers };
        };
        const expected = call(pattern, 64);
        const actual = call(predictions, rows);
        const zeros = { gradient: expected.gradient.slice().fill(0), losses: new Float32Array(64) };
        for (let row = 0; row < rows; row += 64) {
          const count = Math.min(64, rows - row);
          const wanted = sampleWeights[row] === 0 ? zeros : expected;
          const what = `${ground}, ${rows} x ${classes}, rows from ${row}`;
          same(
            actual.gradient.subarray(row * classes, (row + count) * classes),
            wanted.gradient,
            classes * count,
            what,
          );
          same(actual.losses.subarray(row, row + count), wanted.losses, count, what);
        }
      }
    }
  });
}

test(
  'rows that a GPU with little shared memory does not hold are taken in another way',
  () => {
    survives('little-shared-memory', [], { env: { CUDA_EMULATOR_SHARED_MEMORY: '65536' } });
  },
  emulator,
);

type Numbers = Float32Array | Uint16Array;

function same(actual: Numbers, expected: Numbers, count: number, what: string): void {
  const at = actual.subarray(0, count).findIndex((value, i) => value !== expected[i]);
  if (at >= 0) assert.unreachable(`${what}, element ${at}: expected ${expected[at]}, received ${actual[at]}`);
}

test.run();
