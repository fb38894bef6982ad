// Rows that break naive code on the form that most calls take, and on energies, in each layout of threads: equal logits, whose sums drift;
// very sure rows, whose 1 - p is far below the last digit of 1; mass beside the label and far behind it.

import * as assert from 'uvu/assert';
import { groundOnGpu } from '../../lib/distances/ground-on-gpu.js';
import { DeviceArray, emdLoss } from '../../lib/index.js';
import { optionsOf, predictionsOf, targetsOf } from '../../shared/oracle/call.js';
import type { Ground } from '../../shared/oracle/distances.js';
import { oracle, type Problem } from '../../shared/oracle/oracle.js';
import {
  GROUNDS as ALL_GROUNDS,
  type Description,
  type GroundName,
  isMatrix,
  MOODS,
  makeGround,
  makeProblem,
  PLAIN,
  problemOf,
} from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { sameBits } from '../support/bits.js';
import { cancellingCosts } from '../support/cancelling-costs.js';
import { checkResult, gradientRow } from '../support/check.js';
import { longGaps } from '../support/long-gaps.js';
import { NEAR_GROUNDS, nearTargets } from '../support/near-targets.js';
import { scaled, seed } from '../support/scale.js';
import { longSparseProblems, sparseProblems } from '../support/sparse-rows.js';
import { twoOnACircle } from '../support/two-on-a-circle.js';
import { evaluateOnDevice } from './support/device-call.js';
import { gpuSuite } from './support/gpu.js';

const test = gpuSuite('hard rows on a GPU');

const GROUNDS = ['ordered', 'ordered-gaps', 'circular', 'circular-gaps', 'energy'] as const;
/** Some of every layout: a thread per row, parts of a warp, a warp, a block of few and of many classes per thread. */
const SIZES = scaled(
  [2, 4, 8, 33, 64, 101, 500, 1000, 2000],
  [2, 3, 4, 17, 33, 64, 65, 101, 128, 300, 512, 1000, 1536, 1537, 4096],
);
const LONG = scaled([20001], [8192, 20000, 20001, 32768]);

const sizesOf = (ground: GroundName) =>
  [...SIZES, ...LONG].filter((classes) => !isMatrix(ground) || classes <= scaled(500, 1000));

const describe = (description: object) => JSON.stringify({ seed, ...description });

function check(problem: Problem, description: object): void {
  checkResult(problem, evaluateOnDevice(problem), describe(description));
}

test('costs of both signs, of which a distribution leaves next to nothing; of distances sent there and on the GPU', () => {
  for (const classes of [2, 10, 33, 101, 600]) {
    for (const input of ['logits', 'probabilities'] as const) {
      const problem = cancellingCosts(classes, input, new Random(seed));
      check(problem, { classes, input });
      const sent = evaluateOnDevice(problem).gradient;
      const { distances, exponent = 1, offset = 0 } = problem.ground as Extract<Ground, { kind: 'matrix' }>;
      const array = DeviceArray.from(Float32Array.from(distances));
      const groundDistance = groundOnGpu('matrix', array, classes, { exponent, offset });
      const made = emdLoss(predictionsOf(problem), targetsOf(problem.targets), {
        ...optionsOf(problem),
        groundDistance,
        device: 0,
      });
      sameBits(made.gradient, sent as Float32Array, describe({ classes, input }));
      array.dispose();
    }
  }
});

for (const ground of GROUNDS) {
  test(`${ground}: rows of equal logits, but for one`, () => {
    for (const classes of sizesOf(ground)) {
      const heights = classes > 4000 ? [1, 9] : [0, 1, 4, 9, 17];
      const rows = heights.flatMap((height) =>
        [0, classes >> 1].map((top) => Float32Array.from({ length: classes }, (_, i) => (i === top ? height : 0))),
      );
      const labels = rows.map((_, b) => (b * 7 + (classes >> 1)) % classes);
      check(problemOf(rows, labels, { ground: makeGround(ground, classes, new Random(seed)) }), { ground, classes });
    }
  });

  test(`${ground}: the surest rows, right and wrong`, () => {
    const random = new Random(seed);
    for (const classes of sizesOf(ground)) {
      for (const height of scaled([25, 40], [20, 25, 30, 33, 36, 40, 60])) {
        const rows = Array.from({ length: 4 }, () => random.floats(classes, () => random.normal()));
        const labels = rows.map((row, b) => {
          const sure = random.index(classes);
          row[sure] += height;
          return b % 2 === 0 ? sure : random.index(classes);
        });
        for (const crossEntropyWeight of [0, 1]) {
          const change = { ground: makeGround(ground, classes, random), crossEntropyWeight };
          check(problemOf(rows, labels, change), { ground, classes, height, crossEntropyWeight });
        }
      }
    }
  });

  test(`${ground}: moods`, () => {
    for (const mood of MOODS) {
      for (const classes of sizesOf(ground).filter((classes) => SIZES.includes(classes))) {
        for (const mix of ['emd', 'both'] as const) {
          const description: Description = { ...PLAIN, mood, ground, classes, power: 2, mix, rows: 5 };
          check(makeProblem(description, seed), description);
        }
      }
    }
  });
}

// What lies far away is little, but crosses every boundary: an error of what lies close would, too.
for (const ground of ['ordered', 'ordered-gaps'] as const) {
  test(`${ground}: mass beside the label, and some far behind it`, () => {
    for (const classes of [...SIZES, ...LONG]) {
      for (const share of [1, 0.3, 0.03, 0.003]) {
        const row = new Float32Array(classes).fill(-Infinity);
        row[1] = 0;
        row[classes - 1] = Math.log(share);
        row[0] = -3;
        const mirrored = row.slice().reverse();
        const change = { ground: makeGround(ground, classes, new Random(seed)) };
        check(problemOf([row, mirrored], [0, classes - 1], change), { ground, classes, share });
      }
    }
  });
}

test('few classes: of rows that are sure, right or wrong, the gradient keeps its digits, however small it is', () => {
  for (const classes of [2, 3, 4, 8]) {
    const rows = Array.from({ length: 24 }, (_, b) =>
      Float32Array.from({ length: classes }, (_, i) => Math.sin(3 * b + i) + (i === b % classes ? 4 + b : 0)),
    );
    const labels = rows.map((_, b) => Math.floor(b / classes) % classes);
    for (const crossEntropyWeight of [0, 1]) {
      const problem = problemOf(rows, labels, { reduction: 'sum', crossEntropyWeight });
      const actual = evaluateOnDevice(problem).gradient as Float32Array;
      const { gradient } = oracle(problem);
      for (let b = 0; b < rows.length; b++) {
        const [received, wanted] = [gradientRow(problem, actual, b), gradientRow(problem, gradient, b)];
        const size = Math.hypot(...wanted);
        const error = Math.hypot(...wanted.map((entry, i) => entry - received[i]));
        assert.ok(error <= 5e-6 * size, describe({ classes, crossEntropyWeight, b, label: labels[b], error, size }));
      }
    }
  }
});

test('circles of which nearly the same crosses nearly every boundary', () => {
  for (const classes of scaled([2, 32, 101, 1000], [2, 8, 24, 32, 33, 60, 101, 360, 1000, 7056, 20_001])) {
    for (const [problem, form] of twoOnACircle(classes)) check(problem, form);
  }
});

test('E of power 1 of distributions close to the prediction', () => {
  const random = new Random(seed);
  for (const ground of NEAR_GROUNDS) {
    for (const [problem, form] of nearTargets(
      ground,
      scaled([5, 101, 1000], [2, 5, 16, 33, 101, 1000, 9000]),
      random,
    )) {
      check(problem, form);
    }
  }
});

test('rows with mass in few classes', () => {
  const random = new Random(seed);
  const sizes = scaled([5, 33, 2000], [5, 17, 33, 101, 513, 2000, 9000, 20_001]);
  for (const ground of ALL_GROUNDS) {
    for (const [problem, form] of sparseProblems(ground, sizes, scaled(4, 20), random)) check(problem, form);
  }
  for (const [problem, form] of longSparseProblems(random)) check(problem, form);
});

test('E of power 1 of few classes, far from each other', () => {
  const circles = { kinds: ['circular'], inputs: ['probabilities'], mostClasses: 4 } as const;
  const problems = [
    ...longGaps(scaled(300, 3000), 2, new Random(seed)),
    // The least of so few crossings' costs may lie beside the one that rounding makes the median.
    ...longGaps(scaled(1000, 5000), 3, new Random(seed), circles),
  ];
  for (const [problem, form] of problems) {
    checkResult(problem, { ...evaluateOnDevice(problem), gradient: null }, describe(form));
  }
});

// Rows that shared memory does not hold come in chunks: of one whose classes are all masked, or that holds the label alone,
// there is no greatest logit.
test('ordered: chunks of long rows without a logit, far below 0', () => {
  const chunk = 384 * 73;
  for (const classes of [60_001, 2 * chunk + 1, 3 * chunk]) {
    const low = new Float32Array(classes).fill(-100);
    const masked = low.slice().fill(-Infinity, 0, chunk + 5);
    const middle = low.slice().fill(-Infinity, chunk - 1, 2 * chunk);
    const labels = [0, chunk, classes - 1, classes >> 1];
    for (const label of labels) {
      const change = { ground: makeGround('ordered', classes, new Random(seed)), crossEntropyWeight: 0 };
      check(problemOf([low, masked, middle], [label, label, label], change), { classes, label });
    }
  }
});

test('ordered: labels at the edges of chunks, rows that are sure of them or of a class in another chunk', () => {
  const chunk = 384 * 73;
  const classes = 2 * chunk + 5000;
  const random = new Random(seed);
  for (const label of [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk, classes - 1]) {
    const rows = Array.from({ length: 3 }, () => random.floats(classes, () => 2 * random.normal()));
    rows[1][label] += 30;
    rows[2][(label + chunk + 7) % classes] += 30;
    const change = { ground: makeGround('ordered', classes, random), crossEntropyWeight: 0.5 };
    check(problemOf(rows, [label, label, label], change), { classes, label });
  }
});

test.run();
