// Long rows of distributions that are one-hot are computed as class indices: none of it may show but in the time, and not in the
// rows beside. And the search by which adapters turn whole batches of them into class indices.
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { native } from '../lib/binding.js';
import { sameBits } from './bits.js';
import { evaluate } from './call.js';
import { checkProblem, gradientRow } from './check.js';
import type { Problem } from './oracle.js';
import { type Description, layOut, makeGround, makeProblem, PLAIN, problemOf } from './problems.js';
import { Random } from './random.js';
import { seed } from './scale.js';

const test = suite('one-hot');

const ROWS = 19;

const oneHotRow = (classes: number, k: number) => new Float32Array(classes).fill(1, k, k + 1);

/** Where the kernels look for one-hot rows: many classes in a row on the line, or on the circle for power 2. */
function descriptions(): Description[] {
  const all: Description[] = [];
  for (const classes of [512, 600, 1000]) {
    for (const ground of ['ordered', 'ordered-gaps', 'circular', 'circular-gaps'] as const) {
      for (const power of ground.startsWith('circular') ? ([2] as const) : ([1, 2] as const)) {
        for (const input of ['logits', 'probabilities'] as const) {
          for (const weights of ['none', 'both'] as const) {
            all.push({ ...PLAIN, rows: ROWS, reduction: 'none', mix: 'both', classes, ground, power, input, weights });
          }
        }
      }
    }
  }
  return all;
}

test('one-hot rows have the bits of class indices, and the rows beside them those that they have without', () => {
  for (const description of descriptions()) {
    const { classes } = description;
    const byIndex = makeProblem(description, seed);
    const made = makeProblem({ ...description, targets: 'distribution' }, seed);
    const { inner, targets } = made;
    // Most of the distributions are none of one class.
    const spread = Array.from({ length: ROWS }, (_, b) => {
      const row = Float32Array.from(gradientRow(made, targets.values as Float32Array, b));
      return row.includes(1) ? new Float32Array(classes).fill(1 / classes) : row;
    });
    const random = new Random(seed);
    const isOneHot = Array.from({ length: ROWS }, () => random.uniform() < 0.5);
    const rows = spread.map((row, b) => (isOneHot[b] ? oneHotRow(classes, Number(byIndex.targets.values[b])) : row));
    const withTargets = (values: Float32Array[]): Problem => ({
      ...byIndex,
      targets: { kind: 'distribution', values: layOut(values, classes, inner) },
    });
    const mixed = evaluate(withTargets(rows));
    const indices = evaluate(byIndex);
    const others = evaluate(withTargets(spread));
    for (let b = 0; b < ROWS; b++) {
      const what = JSON.stringify({ seed, b, oneHot: isOneHot[b], ...description });
      const expected = isOneHot[b] ? indices : others;
      const rowOf = ({ gradient }: typeof mixed) =>
        Float32Array.from(gradientRow(byIndex, gradient as Float32Array, b));
      sameBits(rowOf(mixed), rowOf(expected), `gradient ${what}`);
      assert.is((mixed.losses as Float32Array)[b], (expected.losses as Float32Array)[b], `loss ${what}`);
    }
  }
});

const NEARLY: Record<string, (row: Float32Array, k: number) => void> = {
  'one class': () => {},
  'negative zeros': (row, k) => row.fill(-0, 0, k).fill(-0, k + 1),
  'two classes': (row, k) => row.fill(1, (k + 1) % row.length, ((k + 1) % row.length) + 1),
  'all classes': (row) => row.fill(1),
  'a little of another class': (row, k) => row.fill(2e-4, (k + 1) % row.length, ((k + 1) % row.length) + 1),
  'a little more than one': (row, k) => row.fill(1 + 2 ** -23, k, k + 1),
  'a little less than one': (row, k) => row.fill(1 - 2 ** -24, k, k + 1),
  'less than nothing of another class': (row, k) => row.fill(-2e-4, (k + 1) % row.length, ((k + 1) % row.length) + 1),
  'NaN of another class': (row, k) => row.fill(Number.NaN, (k + 1) % row.length, ((k + 1) % row.length) + 1),
  'no class': (row) => row.fill(0),
};

for (const [name, change] of Object.entries(NEARLY)) {
  test(`rows of ${name} are what the oracle says`, () => {
    for (const ground of ['ordered', 'circular', 'tree-random', 'matrix'] as const) {
      for (const classes of [2, 16, 17, 67, 600]) {
        if (classes > 100 && ground === 'matrix') continue;
        const random = new Random(seed);
        const labels = [0, classes >> 1, classes - 1];
        const logits = labels.map(() => random.floats(classes, () => random.normal()));
        const rows = labels.map((k) => {
          const row = oneHotRow(classes, k);
          change(row, k);
          return row;
        });
        const byIndex = problemOf(logits, labels, {
          ground: makeGround(ground, classes, random),
          crossEntropyWeight: 1,
        });
        const targets = { kind: 'distribution', values: layOut(rows, classes) } as const;
        checkProblem({ ...byIndex, targets }, `${name}, ${ground}, ${classes}`);
      }
    }
  });
}

const SEARCHED = [2, 3, 4, 8, 15, 16, 17, 63, 64, 65, 101, 1000, 2100];

test('the search finds the class of every row, wherever it is, with any number of threads', () => {
  const random = new Random(seed);
  for (const classes of SEARCHED) {
    for (const rows of [1, 7, Math.ceil(400_000 / classes)]) {
      const labels = Int32Array.from({ length: rows }, (_, b) => (b < classes ? b : random.index(classes)));
      const values = new Float32Array(rows * classes);
      labels.forEach((k, b) => {
        values[b * classes + k] = 1;
      });
      for (const threads of [0, 1, 2, 5]) {
        const found = new Int32Array(rows).fill(-1);
        assert.is(native.oneHotIndices(values, found, threads), true, `${classes} ${rows} ${threads}`);
        assert.equal(found, labels);
      }
    }
  }
});

const NOT_ONE_HOT: Record<string, (row: Float32Array, k: number, other: number) => void> = {
  'no class': (row) => row.fill(0),
  'two classes': (row, _, other) => row.fill(1, other, other + 1),
  'NaN of another class': (row, _, other) => row.fill(Number.NaN, other, other + 1),
  'the smallest number of another class': (row, _, other) => row.fill(2 ** -149, other, other + 1),
  'a little more than one': (row, k) => row.fill(1 + 2 ** -23, k, k + 1),
  'a little less than one': (row, k) => row.fill(1 - 2 ** -24, k, k + 1),
  'minus one': (row, k) => row.fill(-1, k, k + 1),
};

test('the search sees the one row of many that is not one-hot, wherever it and its classes are', () => {
  for (const [name, change] of Object.entries(NOT_ONE_HOT)) {
    for (const classes of SEARCHED) {
      const rows = Math.ceil(200_000 / classes);
      const values = new Float32Array(rows * classes);
      for (let b = 0; b < rows; b++) values[b * classes + (b % classes)] = 1;
      for (const b of [0, 1, rows >> 1, rows - 1]) {
        const row = values.subarray(b * classes, (b + 1) * classes);
        const before = row.slice();
        for (const other of new Set([0, 1, classes >> 1, classes - 1])) {
          if (other === b % classes) continue;
          change(row, b % classes, other);
          const found = native.oneHotIndices(values, new Int32Array(rows), 2);
          assert.is(found, false, `${name} ${classes} ${b} ${other}`);
          row.set(before);
        }
      }
    }
  }
});

test.run();
