// The energy distance on a GPU, which is a product of matrices: rows and classes that do not fill its tiles, tiles of either size,
// batches whose masses do not fit memory at once, and launches that belong together.
// runner: 15 s
import * as assert from 'uvu/assert';
import { groundOnGpu } from '../../lib/distances/ground-on-gpu.js';
import { DeviceArray, emdLoss, energy, Graph, matrix, Stream } from '../../lib/index.js';
import { HALVES, toFloat32, unitAt } from '../../shared/half.js';
import { optionsOf, predictionsOf, targetsOf } from '../../shared/oracle/call.js';
import { type Description, makeProblem, PLAIN, problemOf } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { sameBits } from '../support/bits.js';
import { checkResult } from '../support/check.js';
import { programsOf } from '../support/child.js';
import { scaled, seed } from '../support/scale.js';
import { evaluateOnDevice, release } from './support/device-call.js';
import { emulator, gpuSuite, status } from './support/gpu.js';

const test = gpuSuite('energy on a GPU');
const survives = programsOf(__dirname);

const ENERGY = { ...PLAIN, ground: 'energy', reduction: 'none' } as const satisfies Description;
/** Around the classes of a thread's row, of runs of terms, and of tiles, which are 64 or 128 across. */
const CLASSES = [2, 3, 4, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129, 257, 1000];
/** Around tiles, which are 32 or 64 down. */
const ROWS = [1, 31, 32, 33, 63, 64, 65, 130];

function check(description: Description, places: Parameters<typeof evaluateOnDevice>[1] = { inputs: 'device' }): void {
  const problem = makeProblem(description, seed);
  checkResult(problem, evaluateOnDevice(problem, places), JSON.stringify({ seed, ...description, ...places }));
}

test('from probabilities of many classes that are much the same distance apart, with distributions as targets', () => {
  const classes = 600;
  const random = new Random(seed);
  const rows = Array.from({ length: 4 }, () => {
    const x = random.floats(classes, () => Math.exp(0.1 * random.normal()));
    const sum = x.reduce((a, b) => a + b);
    return x.map((e) => e / sum);
  });
  const distances = new Float32Array(classes * classes).map((_, at) => (at % (classes + 1) === 0 ? 0 : 1));
  const values = random.floats(rows.length * classes, () => random.uniform());
  const targets = { kind: 'distribution', values } as const;
  const problem = problemOf(rows, [], { ground: { kind: 'energy', distances }, input: 'probabilities', targets });
  checkResult(problem, evaluateOnDevice(problem, { inputs: 'device' }), JSON.stringify({ seed, classes }));
});

for (const targets of ['index', 'distribution'] as const) {
  for (const input of ['logits', 'probabilities'] as const) {
    test(`${targets}, ${input}: rows and classes around the edges of tiles`, () => {
      for (const classes of CLASSES) {
        for (const rows of ROWS) {
          if (classes * classes * rows > scaled(1.2e6, 2e7)) continue;
          check({ ...ENERGY, targets, input, classes, rows });
        }
      }
    });

    test(`${targets}, ${input}: weights, ignored rows, the cross entropy, in place, classes that lie apart`, () => {
      let number = 0;
      for (const classes of [3, 17, 32, 33, 65, 200]) {
        for (const inner of ['none', 'some'] as const) {
          for (const weights of ['none', 'sample', 'both'] as const) {
            const ignore = targets === 'index' && number % 2 === 0;
            const reduction = number % 3 === 0 ? 'none' : 'mean';
            const inPlace = number++ % 2 === 1;
            const more = { inner, weights, ignore, reduction, mix: 'both' } as const;
            check({ ...ENERGY, ...more, targets, input, classes, rows: 35 }, { inputs: 'device', inPlace });
          }
        }
      }
    });
  }

  test(`${targets}: of more classes than a stretch of terms, and of equal masses, nothing drifts`, () => {
    for (const classes of [1025, ...scaled([], [2049])]) {
      check({ ...ENERGY, targets, classes, rows: 2, mood: 'calm' });
      const problem = makeProblem({ ...ENERGY, targets, classes, rows: 2 }, seed);
      problem.predictions.fill(0);
      checkResult(problem, evaluateOnDevice(problem), `equal ${classes}`);
    }
  });
}

/** More tiles of 64 x 128 than twice the multiprocessors. */
const manyRows = (classes: number) => {
  const tiles = 2 * (status.devices[0]?.multiprocessors ?? 4);
  return 64 * Math.ceil(tiles / Math.ceil(classes / 128)) + 1;
};

for (const dtype of ['float32', ...HALVES] as const) {
  test(`${dtype}: a row has the same bits alone and anywhere in a batch, in small tiles and in large ones`, () => {
    for (const classes of [3, 20, 33, 300]) {
      const problem = makeProblem({ ...ENERGY, classes, rows: 4, mood: 'calm', reduction: 'sum' }, seed);
      const labels = targetsOf(problem.targets) as Int32Array;
      const gradientOf = (count: number) => {
        const values = new Float32Array(count * classes);
        for (let row = 0; row < count; row++) {
          values.set(problem.predictions.subarray((row % 4) * classes, ((row % 4) + 1) * classes), row * classes);
        }
        const array = DeviceArray.from(values, { dtype });
        const result = emdLoss(
          array,
          Int32Array.from({ length: count }, (_, row) => labels[row % 4]),
          { ...optionsOf(problem), losses: true },
        );
        const host = (result.gradient as DeviceArray).toHost() as Float32Array | Uint16Array;
        release(array, result.gradient, result.losses);
        return host;
      };
      const four = gradientOf(4);
      sameBits(Float32Array.from(gradientOf(1)), Float32Array.from(four.subarray(0, classes)), `${classes}, alone`);
      const many = gradientOf(manyRows(classes));
      for (let begin = 0; begin < many.length; begin += four.length) {
        const part = many.subarray(begin, begin + four.length);
        sameBits(
          Float32Array.from(part),
          Float32Array.from(four.subarray(0, part.length)),
          `${classes}, from ${begin}`,
        );
      }
    }
  });
}

test('half precision: one-hot rows take another kernel than distributions, beside them in one batch', () => {
  for (const half of HALVES) {
    for (const classes of [20, 32]) {
      const description = { ...ENERGY, classes, rows: 50, targets: 'distribution', mood: 'calm' } as const;
      const problem = makeProblem(description, seed);
      const array = DeviceArray.from(problem.predictions, { dtype: half });
      problem.predictions = toFloat32(half, array.toHost() as Uint16Array);
      const result = emdLoss(array, targetsOf(problem.targets), { ...optionsOf(problem), losses: true });
      const losses = (result.losses as DeviceArray).toHost() as Float32Array;
      checkResult(problem, { ...result, losses, gradient: null }, JSON.stringify({ seed, half, ...description }));
      const wide = evaluateOnDevice(problem).gradient as Float32Array;
      toFloat32(half, (result.gradient as DeviceArray).toHost() as Uint16Array).forEach((value, i) => {
        const bound = 0.5 * unitAt(half, wide[i]) + 1e-5 * Math.abs(wide[i]) + 1e-7;
        assert.ok(Math.abs(value - wide[i]) <= bound, `${half}, ${classes}, ${i}: ${value}, expected ${wide[i]}`);
      });
      release(array, result.gradient, result.losses);
    }
  }
});

test('distances that are on the GPU give the bits of those that were sent there, whatever their rows are aligned to', () => {
  for (const kind of ['energy', 'matrix'] as const) {
    for (const classes of [2, 3, 8, 33, 70, 130]) {
      for (const exponent of [1, 2]) {
        const problem = makeProblem({ ...ENERGY, classes, rows: 9 }, seed);
        const { distances } = problem.ground as unknown as { distances: Float32Array };
        const host = kind === 'energy' ? energy(distances, { exponent }) : matrix(distances, { exponent });
        const there = DeviceArray.from(distances);
        const array = DeviceArray.from(problem.predictions);
        const [sent, made] = [host, groundOnGpu(kind, there, classes, { exponent, offset: 0 })].map(
          (groundDistance) => {
            const labels = targetsOf(problem.targets) as Int32Array;
            const { gradient } = emdLoss(array, labels, { classes, groundDistance });
            const values = (gradient as DeviceArray).toHost() as Float32Array;
            release(gradient);
            return values;
          },
        );
        sameBits(made, sent, `${kind} ${classes} ${exponent}`);
        release(there, array);
      }
    }
  }
});

test('a captured call multiplies what its arrays hold at each launch', async () => {
  for (const targets of ['index', 'distribution'] as const) {
    for (const classes of [10, 70]) {
      const problem = makeProblem({ ...ENERGY, reduction: 'mean', classes, rows: 40, targets, mood: 'calm' }, seed);
      const options = optionsOf(problem);
      const values = predictionsOf(problem);
      const stream = new Stream();
      const array = DeviceArray.from(values);
      const gradient = DeviceArray.allocate('float32', values.length).fill(0);
      const lossOut = DeviceArray.allocate('float32', 4).fill(0);
      const onDevice = DeviceArray.from(targetsOf(problem.targets));
      const graph = Graph.capture(stream, () => {
        emdLoss(array, onDevice, { ...options, stream, gradient, lossOut });
      });
      for (const scale of [1, -2]) {
        const scaledValues = values.map((x) => scale * x);
        array.copyFrom(scaledValues);
        graph.launch(stream);
        await stream.synchronize();
        const expected = evaluateOnDevice({ ...problem, predictions: scaledValues });
        sameBits(gradient.toHost() as Float32Array, expected.gradient, `${targets} ${classes} ${scale}`);
        assert.is((lossOut.toHost() as Float32Array)[0], Math.fround(expected.loss));
      }
      release(array, gradient, lossOut, onDevice);
    }
  }
});

test(
  'a batch whose masses do not fit the workspace is multiplied some rows at a time',
  () => void survives('many-energies', [], { env: { CUDA_EMULATOR_MEMORY: String(2 ** 23) } }),
  emulator,
);

test.run();
