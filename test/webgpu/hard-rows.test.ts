// Rows that break naive code, in each way that threads share a row: very sure ones, equal logits, masks, the largest floats; rows that are
// not finite, and targets that are none.
// runner: 35 s
import * as assert from 'uvu/assert';
import type { GpuDevice } from '../../lib/webgpu.js';
import type { Problem } from '../../shared/oracle/oracle.js';
import {
  GROUNDS as ALL_GROUNDS,
  type GroundName,
  makeGround,
  makeProblem,
  PLAIN,
  probabilities,
  problemOf,
} from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { WEBGPU } from '../../shared/oracle/tolerances.js';
import { sameBits } from '../support/bits.js';
import { checkResult } from '../support/check.js';
import { NEAR_GROUNDS, nearTargets } from '../support/near-targets.js';
import { byTurns, scaled, seed } from '../support/scale.js';
import { longSparseProblems, sparseProblems } from '../support/sparse-rows.js';
import { twoOnACircle } from '../support/two-on-a-circle.js';
import { webGpuSuite } from './support/device.js';
import { evaluateOnWebGpu } from './support/webgpu-call.js';

const test = webGpuSuite('hard rows on WebGPU');

const SIZES = scaled([8, 1000, 20_001], [2, 3, 33, 64, 65, 101, 1000, 1268, 1269, 3808, 3809, 16_384, 20_001, 32_768]);

const check = async (device: GpuDevice, problem: Problem, description: object) =>
  checkResult(problem, await evaluateOnWebGpu(device, problem), JSON.stringify({ seed, ...description }), WEBGPU);

/** All but those whose all pairs of classes take their time. */
const GROUNDS = scaled<readonly GroundName[]>(
  ['ordered', 'circular-gaps', 'tree-random'],
  ['ordered', 'ordered-gaps', 'circular', 'circular-gaps', 'circular-wide', 'tree-path', 'tree-star', 'tree-random'],
);
/** Each with two ways of its own. */
const DIFFERENT = ['ordered', 'circular-gaps', 'tree-random'] as const;
const sizesOf = (ground: GroundName) => scaled(ground === 'ordered' ? SIZES : [8, 1000], SIZES);

test('circles of which nearly the same crosses nearly every boundary', async (device) => {
  for (const classes of scaled([24], [2, 8, 24, 101, 1000, 3808, 20_001, 32_768])) {
    for (const [problem, form] of twoOnACircle(classes)) await check(device, problem, form);
  }
});

test('E of power 1 of distributions close to the prediction', async (plain, capable) => {
  const random = new Random(seed);
  const sizes = scaled([1000], [2, 33, 65, 300, 1000, 3809, 9000, 20_001]);
  const devices = [plain, capable];
  for (const ground of scaled<typeof NEAR_GROUNDS | readonly GroundName[]>(
    ['ordered', 'circular-gaps', 'tree-path'],
    NEAR_GROUNDS,
  )) {
    const some = ground === 'ordered' ? [...sizes, 20_001] : sizes;
    for (const classes of some) {
      devices.reverse();
      for (const [problem, form] of nearTargets(ground, [classes], random)) await check(devices[0], problem, form);
    }
  }
});

test('rows with mass in few classes', async (plain, capable) => {
  const random = new Random(seed);
  const devices = [plain, capable];
  for (const ground of scaled<readonly GroundName[]>(DIFFERENT, ALL_GROUNDS)) {
    const sizes = scaled([33, 1000], [5, 33, 101, 513, 2000, 9000, 20_001]);
    for (const [problem, form] of sparseProblems(ground, sizes, scaled(2, 20), random)) {
      devices.reverse();
      await check(devices[0], problem, form);
    }
  }
  for (const [problem, form] of longSparseProblems(random)) {
    for (const device of devices) await check(device, problem, form);
  }
});

for (const ground of GROUNDS) {
  test(`${ground}: equal logits, but for one`, async (device) => {
    for (const classes of sizesOf(ground)) {
      const rows = [0, 1, 9, 17].map((height, b) =>
        Float32Array.from({ length: classes }, (_, i) => (i === (b * classes) >> 2 ? height : 0)),
      );
      const labels = rows.map((_, b) => (b * 7 + (classes >> 1)) % classes);
      await check(device, problemOf(rows, labels, { ground: makeGround(ground, classes, new Random(seed)) }), {
        classes,
      });
    }
  });

  test(`${ground}: the surest rows, right and wrong`, async (device) => {
    const random = new Random(seed);
    for (const classes of sizesOf(ground)) {
      for (const height of [25, 40]) {
        const rows = Array.from({ length: 2 }, () => random.floats(classes, () => random.normal()));
        const labels = rows.map((row, b) => {
          const sure = random.index(classes);
          row[sure] += height;
          return b % 2 === 0 ? sure : random.index(classes);
        });
        for (const crossEntropyWeight of scaled([height > 30 ? 1 : 0], [0, 1])) {
          const change = { ground: makeGround(ground, classes, random), crossEntropyWeight };
          await check(device, problemOf(rows, labels, change), { ground, classes, height, crossEntropyWeight });
        }
      }
    }
  });

  test(`${ground}: mass beside the label, and some far behind it`, async (device) => {
    for (const classes of sizesOf(ground)) {
      const rows = [1, 0.03, 0.003].flatMap((share) => {
        const row = new Float32Array(classes).fill(-Infinity);
        row[1] = 0;
        row[classes - 1] = Math.log(share);
        row[0] = -3;
        return [row, row.slice().reverse()];
      });
      const labels = rows.map((_, b) => (b % 2 === 0 ? 0 : classes - 1));
      await check(device, problemOf(rows, labels, { ground: makeGround(ground, classes, new Random(seed)) }), {
        classes,
      });
    }
  });
}

const LARGEST = 3.4028234663852886e38;

test('the largest logits, and masks of the lowest number', async (device) => {
  const row = (...values: number[]) => Float32Array.from({ length: 100 }, (_, i) => values[i % values.length]);
  const rows = [row(LARGEST, -LARGEST), row(-LARGEST), row(LARGEST), row(1, -LARGEST), row(-Infinity, -LARGEST)];
  for (const crossEntropyWeight of [0, 1]) {
    await check(device, problemOf(rows, [0, 3, 5, 2, 1], { crossEntropyWeight }), { crossEntropyWeight });
  }
});

test('the cross entropy of a masked label is infinite, its gradient is not', async (device) => {
  const row = Float32Array.of(0, -Infinity, 1, 2);
  for (const crossEntropyWeight of [0, 1]) {
    const problem = problemOf([row, row], [1, 2], { crossEntropyWeight });
    const { crossEntropy, gradient, nonFinite } = await evaluateOnWebGpu(device, problem);
    assert.equal([crossEntropy, nonFinite], [Infinity, crossEntropyWeight]);
    assert.ok(gradient!.every(Number.isFinite));
    const half = Float32Array.of(0, 0.5, 0, 0.5, 0, 0, 1, 1);
    const soft: Problem = { ...problem, targets: { kind: 'distribution', values: half } };
    assert.is((await evaluateOnWebGpu(device, soft)).crossEntropy, Infinity);
  }
});

for (const [turn, classes] of [5, 100, 4000, 17_000].entries()) {
  test(`${classes} classes: rows that are not finite, and no others, are NaN`, async (device) => {
    const good = () => Float32Array.from({ length: classes }, (_, i) => i % 3);
    const bad = [Number.NaN, Infinity].map((value) => {
      const row = good();
      row[classes - 2] = value;
      return row;
    });
    const rows = [good(), ...bad, new Float32Array(classes).fill(-Infinity), good()];
    for (const input of ['logits', 'probabilities'] as const) {
      const sampleWeights = Float32Array.of(1, 1, 2, 1, 3);
      await check(device, problemOf(rows, [0, 1, 2, 3, 4], { input, sampleWeights }), { classes, input });
      const weightless = Float32Array.of(1, 0, 0, 0, 3);
      await check(device, problemOf(rows, [0, 1, 2, 3, 4], { input, sampleWeights: weightless }), {
        input,
        weightless,
      });
    }
  });

  test(`${classes} classes: distributions: any sum, zeros, one class, and none at all`, async (device) => {
    const random = new Random(seed);
    const scores = Array.from({ length: 7 }, () => random.floats(classes, () => random.normal()));
    const soft = probabilities(random.floats(classes, () => random.normal()));
    const one = new Float32Array(classes);
    one[3] = 7;
    const wrong = [-0.25, Number.NaN, Infinity].map((value) => soft.map((t, i) => (i === 1 ? value : t)));
    const rows = [soft, soft.map((t) => 12 * t), new Float32Array(classes), one, ...wrong];
    for (const input of ['logits', 'probabilities'] as const) {
      const given = input === 'logits' ? scores : scores.map(probabilities);
      const base = problemOf(given, [], { input, crossEntropyWeight: 1 });
      const classWeights = random.floats(classes, () => random.between(0.5, 2));
      const problem: Problem = {
        ...base,
        classWeights,
        targets: { kind: 'distribution', values: Float32Array.from(rows.flatMap((row) => Array.from(row))) },
      };
      await check(device, problem, { classes, input });
      const single: Problem = { ...problem, predictions: base.predictions.slice(0, classes) };
      for (const ground of classes > scaled(5, 20_000) ? (['ordered'] as const) : DIFFERENT) {
        for (const power of classes > 5 ? byTurns(turn, [2, 1] as const) : ([2, 1] as const)) {
          const some: Problem = { ...single, power, ground: makeGround(ground, classes, random) };
          const soften = await evaluateOnWebGpu(device, { ...some, targets: { kind: 'distribution', values: one } });
          const hard = await evaluateOnWebGpu(device, { ...some, targets: { kind: 'index', values: [3] } });
          const what = `${input}, ${ground}, power ${power}: one class as a distribution`;
          assert.equal([soften.loss, soften.crossEntropy, soften.emd], [hard.loss, hard.crossEntropy, hard.emd], what);
          sameBits(soften.gradient, hard.gradient, what);
        }
      }
    }
  });

  test(`${classes} classes: the same bits each time`, async (device) => {
    const problem = makeProblem({ ...PLAIN, classes, rows: 3, mix: 'both', weights: 'both' }, seed);
    const [a, b] = [await evaluateOnWebGpu(device, problem), await evaluateOnWebGpu(device, problem)];
    assert.is(a.loss, b.loss);
    sameBits(a.gradient, b.gradient, 'gradient');
  });
}

test('distributions of any sum, and logits beyond what a sum of products can hold', async (device) => {
  const row = new Float32Array(64);
  row[0] = 3e37;
  const values = new Float32Array(64).fill(10);
  const problem: Problem = { ...problemOf([row], [], {}), targets: { kind: 'distribution', values } };
  const { crossEntropy, nonFinite } = await evaluateOnWebGpu(device, problem);
  assert.ok(Math.abs(crossEntropy / (3e37 * (63 / 64)) - 1) < 1e-5, `${crossEntropy}`);
  assert.is(nonFinite, 0);
});

test('weights of rows that are none make the mean NaN, also if all are', async (device) => {
  const rows = [Float32Array.of(0, 1), Float32Array.of(1, 0)];
  const problem = problemOf(rows, [0, 1], { sampleWeights: Float32Array.of(Number.NaN, -1) });
  const { loss, nonFinite } = await evaluateOnWebGpu(device, problem);
  assert.equal([loss, nonFinite], [Number.NaN, 2]);
});

test('a sum beyond float32 is infinite', async (device) => {
  const rows = [0, 1].map(() => Float32Array.of(0, 3e38));
  const change = { crossEntropyWeight: 1, emdWeight: 0, reduction: 'sum' } as const;
  assert.is((await evaluateOnWebGpu(device, problemOf(rows, [0, 0], change))).loss, Infinity);
});

test('probabilities of 0 and denormal ones, with large weights: gradients stay finite', async (device) => {
  const rows = [Float32Array.of(0, 1, 0), Float32Array.of(1e-40, 0.5, 0.5), Float32Array.of(2e-38, 0.5, 0.5)];
  const sampleWeights = Float32Array.of(1e10, 1, 1e10);
  const change = { input: 'probabilities', crossEntropyWeight: 1, sampleWeights, reduction: 'sum' } as const;
  await check(device, problemOf(rows, [0, 0, 0], change), {});
});

test.run();
