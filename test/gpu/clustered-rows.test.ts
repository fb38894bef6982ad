// The hazards of rows that several blocks share, which have to be asked for: labels where two blocks meet, blocks without any class,
// dominant entries in another block than the label, rows that begin anywhere in memory, batches of more rows than run at once.
import * as assert from 'uvu/assert';
import { DeviceArray, emdLoss } from '../../lib/index.js';
import { HALVES, toFloat32 } from '../../shared/half.js';
import { optionsOf, predictionsOf, targetsOf } from '../../shared/oracle/call.js';
import { type Description, type GroundName, makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { sameBits } from '../support/bits.js';
import { checkResult } from '../support/check.js';
import { programsOf } from '../support/child.js';
import { scaled, seed } from '../support/scale.js';
import { checkHalf } from './support/check-half.js';
import { evaluateOnDevice, release } from './support/device-call.js';
import { emulator, gpuSuite } from './support/gpu.js';

// Read when the first long row is launched.
process.env.SQUARED_EMD_CUDA_CLUSTERS = '1';

const survives = programsOf(__dirname);
const test = gpuSuite('rows of clusters');

/** The first for two blocks, four and eight, and ones of which blocks have few classes or none. */
const SIZES = scaled([16_001, 60_001], [16_001, 16_640, 30_000, 56_961, 60_001, 113_921, 128_256, 300_007]);
const GROUNDS: GroundName[] = ['ordered', 'ordered-gaps', 'circular', 'circular-gaps', 'circular-wide'];
const MIXED: Description = { ...PLAIN, mix: 'both', weights: 'sample', upstream: 'scalar' };

/** As many classes as each of so many blocks of 320 threads has. */
const perBlock = (classes: number, blocks: number) => 320 * (Math.ceil(classes / (320 * blocks)) | 1);

for (const ground of GROUNDS) {
  for (const classes of SIZES) {
    test(`${ground}, ${classes} classes: labels at the edges of rows and blocks`, () => {
      const edges = [2, 4, 8].map((blocks) => perBlock(classes, blocks)).filter((edge) => edge < classes);
      const labels = scaled(edges.slice(0, 2), [...edges, 0, classes - 1]).flatMap((edge) => [edge - 1, edge]);
      const inside = labels.filter((label) => label >= 0 && label < classes);
      const description: Description = { ...MIXED, classes, ground, rows: inside.length, mood: 'peaked' };
      const problem = makeProblem(description, seed);
      problem.targets.values = Int32Array.from(inside);
      checkResult(
        problem,
        evaluateOnDevice(problem, { inputs: 'device', inPlace: true }),
        JSON.stringify({ seed, ...description }),
      );
    });
  }
}

test('surely wrong rows, whose dominant entry another block has than the label', () => {
  const classes = SIZES[0];
  const problem = makeProblem({ ...PLAIN, classes, rows: 2, mix: 'both', mood: 'calm' }, seed);
  problem.targets.values = Int32Array.of(3, classes - 2);
  const logits = predictionsOf(problem);
  logits[classes - 5] = 120;
  logits[classes + 7] = 120;
  problem.predictions = logits;
  checkResult(problem, evaluateOnDevice(problem), 'surely wrong');
});

test('rows that are not finite are NaN, and no others', () => {
  const classes = SIZES[0];
  const problem = makeProblem({ ...PLAIN, classes, rows: 4, mix: 'both', mood: 'calm', reduction: 'sum' }, seed);
  const logits = predictionsOf(problem);
  logits[classes - 1] = Number.NaN;
  logits[2 * classes + 1] = Infinity;
  problem.predictions = logits;
  checkResult(problem, evaluateOnDevice(problem), 'not finite');
});

test('more rows than clusters run at once, ignored ones among them', () => {
  const description: Description = {
    ...MIXED,
    classes: 16_001,
    ground: 'ordered',
    rows: 23,
    ignore: true,
    mood: 'calm',
  };
  const problem = makeProblem(description, seed);
  checkResult(problem, evaluateOnDevice(problem), JSON.stringify({ seed, ...description }));
});

test('distributions, of which some are class indices', () => {
  const description: Description = { ...MIXED, classes: 16_001, ground: 'ordered', rows: 4, targets: 'distribution' };
  const problem = makeProblem(description, seed);
  checkResult(problem, evaluateOnDevice(problem), JSON.stringify({ seed, ...description }));
});

for (const dtype of HALVES) {
  test(`${dtype}: as the rows in float32, rounded`, () => {
    for (const classes of [33_001, 33_002]) {
      const problem = makeProblem({ ...MIXED, classes, rows: 2, mood: 'calm' }, seed);
      checkHalf(dtype, problem, true, `${classes} classes`);
    }
  });
}

for (const dtype of ['float32', ...HALVES] as const) {
  test(`${dtype}: the same bits wherever a row begins`, () => {
    for (const classes of [16_002, 16_003]) {
      const problem = makeProblem({ ...PLAIN, classes, rows: 1, mix: 'both', mood: 'calm', reduction: 'sum' }, seed);
      let expected: Float32Array | undefined;
      for (const offset of scaled([0, 1, 3, 6], [0, 1, 2, 3, 4, 5, 6, 7])) {
        const all = DeviceArray.allocate(dtype, classes + 8).fill(17);
        const array = all.subarray(offset, offset + classes);
        array.copyFrom(predictionsOf(problem));
        emdLoss(array, targetsOf(problem.targets), { ...optionsOf(problem), gradient: array });
        const bits = all.toHost();
        const found = dtype === 'float32' ? (bits as Float32Array) : toFloat32(dtype, bits as Uint16Array);
        const gradient = found.slice(offset, offset + classes);
        expected ??= gradient;
        sameBits(gradient, expected, `${classes} classes, offset ${offset}`);
        const around = [...found.slice(0, offset), ...found.slice(offset + classes)];
        assert.ok(
          around.every((value) => value === 17),
          `${around}`,
        );
        release(all);
      }
    }
  });
}

test(
  'where a cluster has no place, rows are taken in another way',
  () => {
    const env = { SQUARED_EMD_CUDA_CLUSTERS: '1', CUDA_EMULATOR_MULTIPROCESSORS: '1' };
    survives('crowded-clusters', [], { env });
  },
  emulator,
);

test.run();
