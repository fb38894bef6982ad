// Rows that are not numbers, or do not count: what they do to themselves, and that they do nothing to others.
// runner: numeric
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { evaluate } from '../../shared/oracle/call.js';
import type { Problem } from '../../shared/oracle/oracle.js';
import {
  type Description,
  GROUNDS,
  type GroundName,
  layOut,
  makeGround,
  makeProblem,
  PLAIN,
  powersOf,
  problemOf,
} from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { sameBits } from '../support/bits.js';
import { checkProblem, checkResult, gradientRow } from '../support/check.js';
import { seed } from '../support/scale.js';

const test = suite('invalid rows');

const describe = (description: object) => JSON.stringify({ seed, ...description });

// What makes a row of logits unreadable; every place in it, since lanes and tails are read by different code.
const POISONS: Record<string, (row: Float32Array, at: number) => void> = {
  NaN: (row, at) => row.fill(Number.NaN, at, at + 1),
  '+Infinity': (row, at) => row.fill(Infinity, at, at + 1),
  'two +Infinity': (row, at) => row.fill(Infinity, Math.max(0, at - 1), at + 1),
  'NaN among -Infinity': (row, at) => row.fill(-Infinity).fill(Number.NaN, at, at + 1),
  'only -Infinity': (row) => row.fill(-Infinity),
};

for (const [name, poison] of Object.entries(POISONS)) {
  test(`${name} in one row makes that row NaN and leaves every bit of the others`, () => {
    for (const ground of ['ordered', 'circular-gaps', 'tree-random', 'matrix', 'xemd1', 'energy'] as GroundName[]) {
      for (const classes of [2, 8, 17, 100]) {
        for (const inner of ['none', 'all'] as const) {
          for (const at of new Set([0, classes >> 1, classes - 1])) {
            const description: Description = { ...PLAIN, ground, classes, inner, rows: 19, mix: 'both', mood: 'calm' };
            poisonOne(makeProblem(description, seed), 11, (row) => poison(row, at), describe({ ...description, at }));
          }
        }
      }
    }
  });
}

function poisonOne(
  clean: Problem & { predictions: Float32Array },
  victim: number,
  poison: (row: Float32Array) => void,
  what: string,
) {
  const { classes, inner } = clean;
  const rows = Array.from({ length: 19 }, (_, b) => Float32Array.from(gradientRow(clean, clean.predictions, b)));
  poison(rows[victim]);
  const problem = { ...clean, predictions: layOut(rows, classes, inner) };
  const [before, after] = [evaluate(clean), evaluate(problem)];
  checkResult(problem, after, what);
  assert.is(after.nonFinite, 1, what);
  assert.ok(Number.isNaN(after.loss) && Number.isNaN(after.emd), `${what}: a mean over such a row is NaN`);
  for (let b = 0; b < rows.length; b++) {
    if (b === victim) continue;
    sameBits(
      Float32Array.from(gradientRow(problem, after.gradient as Float32Array, b)),
      Float32Array.from(gradientRow(problem, before.gradient as Float32Array, b)),
      `${what}: gradient of row ${b}`,
    );
  }
}

test('NaN with power 1, probabilities, distributions and roots', () => {
  for (const input of ['logits', 'probabilities'] as const) {
    for (const targets of ['index', 'distribution'] as const) {
      for (const ground of GROUNDS) {
        for (const power of powersOf(ground)) {
          const description: Description = {
            ...PLAIN,
            ground,
            input,
            targets,
            power,
            rows: 19,
            mood: 'calm',
            weights: 'sample',
          };
          const problem = makeProblem(description, seed);
          (problem.sampleWeights as Float32Array)[11] = 0.5;
          poisonOne(problem, 11, (row) => row.fill(Number.NaN, 5, 6), describe(description));
        }
      }
    }
  }
});

const half = Float32Array.of(0.5, 0.5, 0, 0, 0);
const BAD_DISTRIBUTIONS: Record<string, Float32Array> = {
  'a negative entry': Float32Array.of(0.5, 0.75, -0.25, 0, 0),
  'a tiny negative entry': Float32Array.of(0.5, 0.5, -1e-30, 0, 0),
  NaN: Float32Array.of(0.5, 0.5, 0, 0, Number.NaN),
  Infinity: Float32Array.of(Infinity, 0, 0, 0, 0),
  'Infinity and -Infinity': Float32Array.of(Infinity, -Infinity, 0, 0, 1),
  'a negative entry alone': Float32Array.of(0, -1, 0, 0, 0),
  'a negative entry among large ones': Float32Array.of(1e30, -1e-10, 1e30, 0, 0),
  'two entries of Infinity': Float32Array.of(Infinity, 0, Infinity, 0, 0),
};

for (const [name, bad] of Object.entries(BAD_DISTRIBUTIONS)) {
  test(`a distribution with ${name} makes its row NaN and no other`, () => {
    const random = new Random(seed);
    const rows = Array.from({ length: 5 }, () => random.floats(5, () => random.normal()));
    for (const ground of GROUNDS) {
      for (const inner of [1, 5]) {
        for (const weights of [undefined, Float32Array.of(1, 2, 0.5, 3, 1)]) {
          const problem = problemOf(rows, [], {
            inner,
            ground: makeGround(ground, 5, random),
            targets: { kind: 'distribution', values: layOut([half, half, half, bad, half], 5, inner) },
            classWeights: weights,
            sampleWeights: weights,
          });
          const what = describe({ ground, inner, weights: weights !== undefined });
          const result = evaluate(problem);
          assert.is(result.nonFinite, 1, what);
          checkResult(problem, result, what);
        }
      }
    }
  });
}

test('rows of zeros are ignored: loss 0, gradient 0, not in the number of rows nor in the divisor of the mean', () => {
  const random = new Random(seed);
  const rows = Array.from({ length: 5 }, () => random.floats(5, () => random.normal()));
  for (const ground of GROUNDS) {
    for (const inner of [1, 5]) {
      for (const weights of [undefined, Float32Array.of(1, 2, 0.5, 3, 0)]) {
        const nothing = new Float32Array(5);
        const problem = problemOf(rows, [], {
          inner,
          ground: makeGround(ground, 5, random),
          targets: { kind: 'distribution', values: layOut([half, nothing, half, half, nothing], 5, inner) },
          classWeights: weights,
          sampleWeights: weights,
          crossEntropyWeight: 1,
        });
        const result = evaluate(problem);
        const what = describe({ ground, inner, weights: weights !== undefined });
        checkResult(problem, result, what);
        assert.is(result.rows, 3, what);
        assert.is(result.nonFinite, 0, what);
      }
    }
  }
});

test('a weight over the range of float32 makes loss and losses infinite, and counts', () => {
  for (const classes of [5, 600]) {
    for (const reduction of ['mean', 'sum', 'none'] as const) {
      const random = new Random(seed);
      const rows = [0, 1, 2].map(() => random.floats(classes, () => random.normal()));
      const problem = problemOf(rows, [0, 1, 2], {
        reduction,
        sampleWeights: Float32Array.of(1, 1e20, 1),
        classWeights: new Float32Array(classes).fill(1).fill(1e20, 1, 2),
      });
      const result = evaluate(problem, { gradient: false }); // the other rows' would be denormal
      checkResult(problem, result, describe({ classes, reduction }));
      assert.is((result.losses as Float32Array)[1], Infinity);
      assert.ok(Object.is(result.loss, reduction === 'none' ? Number.NaN : Infinity));
      assert.equal([result.nonFinite, result.firstNonFinite], [1, 1]);
    }
  }
});

test('the first row that is not finite is named, among chunks, threads and kinds of rows', () => {
  for (const classes of [3, 600]) {
    const count = Math.ceil(60_000 / classes);
    const clean = makeProblem({ ...PLAIN, classes, rows: count, mood: 'calm' }, seed);
    for (const kind of ['index', 'distribution'] as const) {
      const values = new Float32Array(count * classes);
      for (let b = 0; b < count; b++) values.fill(1, b * classes, b * classes + 1 + (b % 2));
      const targets = kind === 'index' ? clean.targets : ({ kind, values } as const);
      for (const bad of [[], [0], [count - 1], [count >> 1, (count >> 1) + 1, count - 1], [count - 2, count >> 2]]) {
        const predictions = clean.predictions.slice();
        for (const b of bad) predictions[b * classes + 1] = Number.NaN;
        const { firstNonFinite, nonFinite } = evaluate({ ...clean, targets, predictions });
        assert.equal(
          [firstNonFinite, nonFinite],
          [bad.length ? Math.min(...bad) : -1, bad.length],
          `${classes} ${kind}`,
        );
      }
    }
  }
});

function checkDivisor(problem: Problem, divisor: number): void {
  const mean = evaluate(problem).gradient as Float32Array;
  const sum = evaluate({ ...problem, reduction: 'sum' }).gradient as Float32Array;
  for (const i of [0, 1, 2, 6, 7, 8])
    assert.ok(Math.abs(mean[i] - sum[i] / divisor) <= 1e-6 * Math.abs(mean[i]), `${mean} is not ${sum} / ${divisor}`);
}
const WEIGHED = { classWeights: Float32Array.of(2, 16, 4), sampleWeights: Float32Array.of(1, 0.5, 1) };

test('the divisor of the mean: an invalid distribution counts without class weights', () => {
  const rows = [Float32Array.of(1, 2, 3), Float32Array.of(1, 0, 0), Float32Array.of(0, 1, 0)];
  const values = layOut([Float32Array.of(1, 0, 0), Float32Array.of(0, Number.NaN, 0), Float32Array.of(0, 0, 1)], 3);
  checkDivisor(problemOf(rows, [], { ...WEIGHED, targets: { kind: 'distribution', values } }), 2 * 1 + 0.5 + 4 * 1);
});

test('the divisor of the mean: NaN logits leave the gradients of other rows what they were', () => {
  const rows = [Float32Array.of(1, 2, 3), Float32Array.of(1, 0, 0), Float32Array.of(0, 1, 0)];
  const broken = [rows[0], Float32Array.of(Number.NaN, 0, 0), rows[2]];
  checkDivisor(problemOf(broken, [0, 1, 2], WEIGHED), 2 * 1 + 16 * 0.5 + 4 * 1);
  const [before, after] = [rows, broken].map((all) => evaluate(problemOf(all, [0, 1, 2], WEIGHED)).gradient);
  for (const i of [0, 1, 2, 6, 7, 8]) assert.is((after as Float32Array)[i], (before as Float32Array)[i]);
});

test('two weights of 0 do not hide an invalid row', () => {
  const rows = [Float32Array.of(1, 2, 3), Float32Array.of(Number.NaN, 0, 0)];
  for (const classes of [3, 600]) {
    const wide = rows.map((row) => Float32Array.from({ length: classes }, (_, i) => row[i] ?? 0));
    const problem = problemOf(wide, [0, 1], { crossEntropyWeight: 0, emdWeight: 0 });
    const { losses, nonFinite } = evaluate(problem);
    assert.equal(Array.from(losses as Float32Array, Number.isNaN), [false, true]);
    assert.is(nonFinite, 1);
  }
});

test('equal class weights of any size cancel in the mean, also of distributions of any sum', () => {
  for (const classes of [3, 600]) {
    const random = new Random(seed);
    const row = random.floats(classes, () => random.normal());
    for (const entry of [1e-6, 0.5, 1, 5e5]) {
      const values = new Float32Array(classes).fill(entry, 0, 2);
      const made = problemOf([row], [], { targets: { kind: 'distribution', values }, crossEntropyWeight: 1 });
      const plain = evaluate(made);
      for (const weight of [1e-40, 1e-34, 1e35, 2e38]) {
        const { loss, gradient } = evaluate({ ...made, classWeights: new Float32Array(classes).fill(weight) });
        const what = describe({ classes, entry, weight });
        // A loss of its row beyond float32 is infinite; its gradient is not.
        if (weight < 1e35)
          assert.ok(Math.abs(loss - plain.loss) <= 1e-5 * plain.loss, `${what}: ${loss} ${plain.loss}`);
        (gradient as Float32Array).forEach((g, i) => {
          const wanted = (plain.gradient as Float32Array)[i];
          assert.ok(Math.abs(g - wanted) <= 1e-5 * Math.abs(wanted) + 1e-9, `${what}: gradient[${i}]: ${g} ${wanted}`);
        });
      }
    }
  }
});

test('weights so small that their products are no float32 numbers cancel in the mean', () => {
  for (const classes of [5, 600]) {
    const random = new Random(seed);
    const rows = [0, 1].map(() => random.floats(classes, () => random.normal()));
    const mixed = new Float32Array(2 * classes).fill(0.5, 1, 3).fill(0.25, classes, classes + 4);
    for (const targets of [
      { kind: 'index', values: [0, 1] } as const,
      { kind: 'distribution', values: mixed } as const,
    ]) {
      const plain = evaluate(problemOf(rows, [], { targets }));
      const tiny = evaluate(
        problemOf(rows, [], {
          targets,
          sampleWeights: new Float32Array(2).fill(1e-25),
          classWeights: new Float32Array(classes).fill(1e-25),
        }),
      );
      assert.ok(Math.abs(tiny.loss - plain.loss) <= 1e-6 * plain.loss, `${targets.kind}: ${tiny.loss}, ${plain.loss}`);
      (plain.gradient as Float32Array).forEach((wanted, i) => {
        assert.ok(Math.abs((tiny.gradient as Float32Array)[i] - wanted) <= 1e-6 * Math.abs(wanted) + 1e-12);
      });
    }
  }
});

test('a row without weight counts as nothing, whatever it holds', () => {
  const nothing = new Float32Array(8).fill(Number.NaN);
  const row = Float32Array.of(1, 2, 0, -1, 0.5, 3, 1, 1);
  const classWeights = Float32Array.of(1, 1, 0, 1, 1, 1, 1, 1);
  for (const ground of GROUNDS) {
    for (const inner of [1, 3]) {
      const made = makeGround(ground, 8, new Random(seed));
      const without = problemOf([row, row, row], [1, 4, 6], { ground: made, inner });
      for (const change of [
        { sampleWeights: Float32Array.of(1, 0, 1), targets: { kind: 'index', values: [1, 4, 6] } as const },
        { classWeights, targets: { kind: 'index', values: [1, 2, 6] } as const },
      ]) {
        const problem = {
          ...without,
          ...change,
          crossEntropyWeight: 1,
          predictions: layOut([row, nothing, row], 8, inner),
        };
        const result = evaluate(problem);
        const what = describe({ ground, inner, by: Object.keys(change)[0] });
        checkResult(problem, result, what);
        assert.is(result.rows, 3, what);
        assert.is(result.nonFinite, 0, what);
        assert.is((result.losses as Float32Array)[1], 0, what);
      }
    }
  }
});

test('a row of sample weight 0 is not looked at, its label included', () => {
  const rows = [Float32Array.of(1, 2, 3), Float32Array.of(3, 2, 1), Float32Array.of(0, 1, 0)];
  for (const label of [3, -1, 2 ** 31 - 1, -(2 ** 31)]) {
    const problem = problemOf(rows, [0, label, 2], WEIGHED);
    const result = evaluate({ ...problem, sampleWeights: Float32Array.of(1, 0, 1) });
    checkResult({ ...problem, sampleWeights: Float32Array.of(1, 0, 1) }, result, `label ${label}`);
  }
});

test('a sample weight of 0 decides before an invalid distribution does', () => {
  const problem = problemOf([half, half], [], {
    targets: { kind: 'distribution', values: layOut([half, BAD_DISTRIBUTIONS.NaN], 5) },
    sampleWeights: Float32Array.of(1, 0),
  });
  checkProblem(problem, 'result');
  assert.is(evaluate(problem).nonFinite, 0);
});

test('a distribution over classes of weight 0 has weight 0', () => {
  const problem = problemOf([half, new Float32Array(5).fill(Number.NaN)], [], {
    targets: { kind: 'distribution', values: layOut([Float32Array.of(0, 0, 0, 0, 1), half], 5) },
    classWeights: Float32Array.of(0, 0, 1, 1, 1),
  });
  checkProblem(problem, 'result');
  assert.is(evaluate(problem).nonFinite, 0);
});

test('nothing that counts: no rows, all ignored, all without weight', () => {
  for (const reduction of ['mean', 'sum', 'none'] as const) {
    for (const ground of GROUNDS) {
      const make = (rows: number) => ({
        ...makeProblem({ ...PLAIN, ground, rows, reduction, mix: 'both' }, seed),
        predictions: new Float32Array(8 * rows).fill(Number.NaN),
      });
      const ignored = {
        ...make(5),
        ignoreIndex: -1,
        targets: { kind: 'index', values: [-1, -1, -1, -1, -1] } as const,
      };
      const weightless = { ...make(5), sampleWeights: new Float32Array(5) };
      for (const [problem, rows] of [
        [make(0), 0],
        [ignored, 0],
        [weightless, 5],
      ] as const) {
        const result = evaluate(problem);
        const what = describe({ ground, reduction, rows });
        checkResult(problem, result, what);
        assert.ok(Object.is(result.loss, reduction === 'none' ? Number.NaN : 0), what);
        assert.is(result.rows, rows, what);
        assert.is(result.nonFinite, 0, what);
      }
    }
  }
});

test.run();
