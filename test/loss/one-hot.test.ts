// Rows of distributions whose mass is in one class are computed as class indices, to the last bit, and rows of zeros are ignored:
// neither may show in the rows beside.
// runner: numeric
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hostBackend } from '../../lib/backends/current.js';
import { evaluate } from '../../shared/oracle/call.js';
import type { Problem } from '../../shared/oracle/oracle.js';
import { type Description, layOut, makeGround, makeProblem, PLAIN, problemOf } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { sameBits } from '../support/bits.js';
import { checkProblem, gradientRow } from '../support/check.js';
import { seed } from '../support/scale.js';

const test = suite('one-hot');

const ROWS = 19;

const oneHotRow = (classes: number, k: number, mass = 1) => new Float32Array(classes).fill(mass, k, k + 1);

/** Every kernel, and both sides of every choice between them. */
function descriptions(): Description[] {
  const all: Description[] = [];
  for (const classes of [2, 8, 17, 100, 512, 600]) {
    for (const ground of ['ordered', 'ordered-gaps', 'circular', 'circular-gaps', 'tree-random', 'matrix'] as const) {
      for (const power of [1, 2] as const) {
        for (const input of ['logits', 'probabilities'] as const) {
          for (const inner of classes > 100 ? (['none'] as const) : (['none', 'all'] as const)) {
            const weights = all.length % 2 ? 'none' : 'both';
            all.push({
              ...PLAIN,
              rows: ROWS,
              reduction: 'none',
              mix: 'both',
              mood: 'calm',
              classes,
              ground,
              power,
              input,
              inner,
              weights,
            });
          }
        }
      }
    }
  }
  return all;
}

/** A single positive entry of any size is that class. */
const MASSES = [1, 0.996, 3, 1e-45, 3e38];

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
    const rows = spread.map((row, b) =>
      isOneHot[b] ? oneHotRow(classes, Number(byIndex.targets.values[b]), MASSES[b % MASSES.length]) : row,
    );
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

test('a batch of one-hot rows and rows of zeros has the bits of class indices, some of which are ignored', () => {
  for (const description of descriptions()) {
    for (const reduction of ['none', 'mean'] as const) {
      const byIndex = makeProblem({ ...description, reduction, ignore: true }, seed);
      const { classes, inner, targets } = byIndex;
      const values = Array.from(targets.values, (label, b) =>
        label < 0 ? new Float32Array(classes) : oneHotRow(classes, Number(label), MASSES[b % MASSES.length]),
      );
      const { ignoreIndex, ...rest } = byIndex;
      const [expected, actual] = [
        byIndex,
        { ...rest, targets: { kind: 'distribution', values: layOut(values, classes, inner) } as const },
      ].map((problem) => evaluate(problem));
      const what = JSON.stringify({ seed, ...description, reduction });
      sameBits(actual.gradient, expected.gradient, `gradient ${what}`);
      sameBits(actual.losses, expected.losses, `losses ${what}`);
      for (const name of ['loss', 'crossEntropy', 'emd', 'rows', 'nonFinite'] as const) {
        assert.ok(Object.is(actual[name], expected[name]), `${name} ${what}`);
      }
    }
  }
});

test('in place, rows of zeros, of one class and of several do not get into each other', () => {
  for (const classes of [8, 100, 600]) {
    for (const inner of ['none', 'all'] as const) {
      const made = makeProblem({ ...PLAIN, classes, inner, rows: ROWS, mix: 'both', targets: 'distribution' }, seed);
      const rows = Array.from({ length: ROWS }, (_, b) => {
        if (b % 3 === 0) return new Float32Array(classes);
        return b % 3 === 1 ? oneHotRow(classes, b % classes) : new Float32Array(classes).fill(b, 0, 2 + (b % 5));
      });
      const problem = {
        ...made,
        targets: { kind: 'distribution', values: layOut(rows, classes, made.inner) } as const,
      };
      const apart = evaluate(problem);
      const predictions = made.predictions.slice();
      const inPlace = evaluate({ ...problem, predictions }, { gradient: predictions });
      sameBits(inPlace.gradient, apart.gradient, `${classes} ${inner}`);
    }
  }
});

test('targets of any sum are what they are divided by it: vote counts, tiny and huge numbers', () => {
  for (const description of descriptions()) {
    if (description.classes < 8 || (description.ground === 'matrix' && description.classes > 100)) continue;
    const made = makeProblem({ ...description, rows: 7 }, seed);
    const { classes, inner } = made;
    const random = new Random(seed);
    for (const scale of [1, 3, 1000, 2 ** 21, 2 ** -21, 1e37, 1e-37, 2 ** -148]) {
      const rows = Array.from({ length: 7 }, () => random.floats(classes, () => scale * (1 + random.index(5))));
      const targets = { kind: 'distribution', values: layOut(rows, classes, inner) } as const;
      checkProblem({ ...made, targets }, JSON.stringify({ seed, scale, ...description }));
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
        values[b * classes + k] = MASSES[b % MASSES.length];
      });
      for (const threads of [0, 1, 2, 5]) {
        const found = new Int32Array(rows).fill(-7);
        hostBackend().rowKinds(values, found, threads);
        assert.equal(found, labels, `${classes} ${rows} ${threads}`);
      }
    }
  }
});

const SPREAD = -2;

const NOT_OF_ONE_CLASS: Record<string, [kind: number, change: (row: Float32Array, k: number, other: number) => void]> =
  {
    zeros: [-1, (row) => row.fill(0)],
    'negative zeros': [-1, (row) => row.fill(-0)],
    'two classes': [SPREAD, (row, _, other) => row.fill(1, other, other + 1)],
    'NaN of another class': [SPREAD, (row, _, other) => row.fill(Number.NaN, other, other + 1)],
    'the smallest number of another class': [SPREAD, (row, _, other) => row.fill(2 ** -149, other, other + 1)],
    'less than nothing of another class': [SPREAD, (row, _, other) => row.fill(-(2 ** -149), other, other + 1)],
    'minus one': [SPREAD, (row, k) => row.fill(-1, k, k + 1)],
    NaN: [SPREAD, (row, k) => row.fill(Number.NaN, k, k + 1)],
    Infinity: [SPREAD, (row, k) => row.fill(Infinity, k, k + 1)],
  };

test('the search sees the one row of many that is not of one class, wherever it and its classes are', () => {
  for (const [name, [kind, change]] of Object.entries(NOT_OF_ONE_CLASS)) {
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
          const found = new Int32Array(rows);
          hostBackend().rowKinds(values, found, 2);
          assert.ok(
            found.every((k, i) => k === (i === b ? kind : i % classes)),
            `${name} ${classes} ${b} ${other}: ${found[b]}`,
          );
          row.set(before);
        }
      }
    }
  }
});

test.run();
