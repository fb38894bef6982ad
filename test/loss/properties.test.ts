// Relations between results that hold whatever the numbers are.
// runner: numeric
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emdLoss, matrix, ordered, positions } from '../../lib/index.js';
import { evaluate, groundDistance, optionsOf, targetsOf } from '../../shared/oracle/call.js';
import type { Problem } from '../../shared/oracle/oracle.js';
import {
  type Description,
  GROUNDS,
  isMatrix,
  layOut,
  makeGround,
  makeProblem,
  PLAIN,
  powersOf,
} from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { sameBits } from '../support/bits.js';
import { checkResult, gradientRow } from '../support/check.js';
import { scaled, seed } from '../support/scale.js';

const test = suite('properties');

const SIZES = scaled([2, 3, 8, 17, 100], [2, 3, 5, 7, 8, 10, 15, 16, 17, 31, 32, 33, 64, 100, 101, 1000]);
const ROWS = 13;

type Gaps = { kind: 'ordered' | 'circular'; gaps: Float64Array };
type Tree = { kind: 'tree'; parents: Int32Array; lengths: Float64Array };
type Matrix = { kind: 'matrix' | 'energy'; distances: Float32Array };

type Made = ReturnType<typeof makeProblem>;

const rowsOf = (problem: Problem, values: ArrayLike<number>) =>
  Array.from({ length: values.length / problem.classes }, (_, b) => Float32Array.from(gradientRow(problem, values, b)));

function forEach(change: Partial<Description>, check: (problem: Made, what: string) => void) {
  for (const classes of SIZES) {
    for (const power of powersOf(change.ground ?? PLAIN.ground)) {
      const description = {
        ...PLAIN,
        rows: ROWS,
        mix: 'both' as const,
        mood: 'peaked' as const,
        classes,
        power,
        ...change,
      };
      check(makeProblem(description, seed), JSON.stringify({ seed, ...description }));
    }
  }
}

// The result of a problem whose classes were renamed, with its gradient named back.
function renamed(problem: Made, names: number[], ground: Problem['ground']) {
  const back = (row: Float32Array) => row.map((_, i) => row[names[i]]);
  const there = (row: Float32Array) => row.map((_, i) => row[names.indexOf(i)]);
  const targets: Problem['targets'] =
    problem.targets.kind === 'index'
      ? { kind: 'index', values: Array.from(problem.targets.values, (k) => names[Number(k)]) }
      : { kind: 'distribution', values: layOut(rowsOf(problem, problem.targets.values).map(there), problem.classes) };
  const predictions = layOut(rowsOf(problem, problem.predictions).map(there), problem.classes);
  const result = evaluate({ ...problem, ground, targets, predictions });
  const gradient = layOut(rowsOf(problem, result.gradient as Float32Array).map(back), problem.classes);
  return { ...result, gradient };
}

test('adding a number to all logits of a row changes nothing', () => {
  for (const ground of GROUNDS) {
    forEach({ ground }, (made, what) => {
      // Multiples of 1/1024 below 64: every shifted logit is exact.
      const problem = { ...made, predictions: made.predictions.map((z) => Math.round(z * 1024) / 1024) };
      for (const shift of [1, -37, 4000]) {
        checkResult(
          problem,
          evaluate({ ...problem, predictions: problem.predictions.map((z) => z + shift) }),
          `${what} + ${shift}`,
        );
      }
    });
  }
});

test('turning the circle turns the gradient', () => {
  for (const targets of ['index', 'distribution'] as const) {
    forEach({ ground: 'circular-gaps', targets }, (problem, what) => {
      const { classes } = problem;
      const gaps = Array.from((problem.ground as Gaps).gaps);
      const by = Math.max(1, Math.floor(classes / 3));
      const names = Array.from({ length: classes }, (_, i) => (i + by) % classes);
      const turned = { kind: 'circular', gaps: gaps.map((_, i) => gaps[(i - by + classes) % classes]) } as const;
      checkResult(problem, renamed(problem, names, turned), what);
    });
  }
});

test('reading the line from the other end reverses the gradient', () => {
  for (const targets of ['index', 'distribution'] as const) {
    forEach({ ground: 'ordered-gaps', targets }, (problem, what) => {
      const names = Array.from({ length: problem.classes }, (_, i) => problem.classes - 1 - i);
      const gaps = Array.from((problem.ground as Gaps).gaps).reverse();
      checkResult(problem, renamed(problem, names, { kind: 'ordered', gaps }), what);
    });
  }
});

test('renaming the nodes of a tree renames the gradient', () => {
  const random = new Random(seed);
  for (const targets of ['index', 'distribution'] as const) {
    forEach({ ground: 'tree-random', targets }, (problem, what) => {
      const { parents, lengths } = problem.ground as Tree;
      const names = random.shuffled(parents.keys());
      const newParents = new Array<number>(parents.length);
      const newLengths = new Array<number>(parents.length);
      names.forEach((name, i) => {
        newParents[name] = parents[i] < 0 ? -1 : names[parents[i]];
        newLengths[name] = lengths[i];
      });
      checkResult(problem, renamed(problem, names, { kind: 'tree', parents: newParents, lengths: newLengths }), what);
    });
  }
});

test('renaming the classes of a matrix renames the gradient', () => {
  const random = new Random(seed);
  for (const ground of GROUNDS.filter(isMatrix)) {
    forEach({ ground }, (problem, what) => {
      const { classes } = problem;
      const made = problem.ground as Matrix;
      const names = random.shuffled(Array(classes).keys());
      const distances = new Float32Array(classes * classes);
      names.forEach((a, i) => {
        names.forEach((b, j) => {
          distances[a * classes + b] = made.distances[i * classes + j];
        });
      });
      checkResult(problem, renamed(problem, names, { ...made, distances }), what);
    });
  }
});

test('a chain is the path-shaped tree', () => {
  for (const input of ['logits', 'probabilities'] as const) {
    for (const targets of ['index', 'distribution'] as const) {
      forEach({ ground: 'ordered-gaps', input, targets }, (problem, what) => {
        const { classes } = problem;
        const gaps = Array.from((problem.ground as Gaps).gaps);
        const parents = gaps.map((_, i) => i + 1);
        const rootedLast = { kind: 'tree', parents: [...parents, -1], lengths: [...gaps, 1] } as const;
        checkResult(problem, evaluate({ ...problem, ground: rootedLast }), what);
        if (input === 'probabilities') return;
        // Another root adds a constant to g, which logits do not see.
        const rootedFirst = {
          kind: 'tree',
          parents: [-1, ...parents.map((p) => p - 1)],
          lengths: [1, ...gaps],
        } as const;
        assert.is(rootedFirst.parents.length, classes);
        checkResult(problem, evaluate({ ...problem, ground: rootedFirst }), what);
      });
    }
  }
});

test('the root of a tree does not matter to logits', () => {
  forEach({ ground: 'tree-random' }, (problem, what) => {
    const { parents, lengths } = problem.ground as Tree;
    const newParents = Array.from(parents);
    const newLengths = Array.from(lengths);
    // Turn the edges between the root and class 0 round.
    for (let node = 0, above = -1, length = 1; node >= 0; ) {
      const [next, nextLength] = [parents[node], lengths[node]];
      newParents[node] = above;
      newLengths[node] = length;
      [above, length, node] = [node, nextLength, next];
    }
    checkResult(
      problem,
      evaluate({ ...problem, ground: { kind: 'tree', parents: newParents, lengths: newLengths } }),
      what,
    );
  });
});

test('a class index is the one-hot distribution', () => {
  for (const ground of GROUNDS) {
    for (const input of ['logits', 'probabilities'] as const) {
      forEach({ ground, input, weights: 'both' }, (problem, what) => {
        const rows = Array.from(problem.targets.values, (k) =>
          new Float32Array(problem.classes).fill(1, Number(k), Number(k) + 1),
        );
        const distribution = {
          ...problem,
          targets: { kind: 'distribution', values: layOut(rows, problem.classes) },
        } as const;
        checkResult(distribution, evaluate(problem), what);
        checkResult(distribution, evaluate(distribution), what);
      });
    }
  }
});

test('[batch, classes, pixels] is the transposed [batch * pixels, classes]', () => {
  for (const ground of GROUNDS) {
    for (const targets of ['index', 'distribution'] as const) {
      for (const inner of [ROWS, 1, 3, 16, 17, 64]) {
        const outer = inner === ROWS ? 1 : 2;
        for (const classes of [2, 8, 33]) {
          const description = {
            ...PLAIN,
            ground,
            targets,
            classes,
            rows: inner * outer,
            mood: 'peaked' as const,
            mix: 'both' as const,
          };
          const contiguous = makeProblem(description, seed);
          const lay = (values: ArrayLike<number>) => layOut(rowsOf(contiguous, values), classes, inner);
          const { kind, values } = contiguous.targets;
          const result = evaluate({
            ...contiguous,
            inner,
            predictions: lay(contiguous.predictions),
            targets: kind === 'index' ? contiguous.targets : { kind, values: lay(values) },
          });
          const rows = rowsOf({ ...contiguous, inner }, result.gradient as Float32Array);
          checkResult(
            contiguous,
            { ...result, gradient: layOut(rows, classes) },
            JSON.stringify({ seed, ...description, inner }),
          );
        }
      }
    }
  }
});

test('an upstream of one row leaves the gradient of that row alone', () => {
  forEach({ reduction: 'none' }, (problem, what) => {
    const upstream = new Float32Array(ROWS).fill(1, 4, 5);
    const [all, one] = [evaluate(problem), evaluate({ ...problem, upstream })];
    rowsOf(problem, one.gradient as Float32Array).forEach((row, b) => {
      if (b === 4) sameBits(row, rowsOf(problem, all.gradient as Float32Array)[4], what);
      else
        assert.ok(
          row.every((g) => g === 0),
          `${what}: row ${b}`,
        );
    });
    sameBits(one.losses, all.losses, 'losses do not know the upstream gradient');
  });
});

test('the gradient is linear in upstream, and the loss does not depend on it', () => {
  forEach({}, (problem, what) => {
    const plain = evaluate(problem);
    for (const upstream of [0, 1, -2, 0.5, 1024]) {
      const result = evaluate({ ...problem, upstream });
      assert.is(result.loss, plain.loss, what);
      const wanted = (plain.gradient as Float32Array).map((g) => g * upstream);
      (result.gradient as Float32Array).forEach((g, i) => {
        assert.ok(
          Math.abs(g - wanted[i]) <= 2e-7 * Math.abs(wanted[i]),
          `${what}: gradient[${i}] ${g} is not ${wanted[i]}`,
        );
      });
    }
  });
});

test('the two parts make up the loss, and reductions agree', () => {
  const near = (a: number, b: number, what: string) =>
    assert.ok(Math.abs(a - b) <= 1e-6 * Math.abs(b), `${what}: ${a} is not ${b}`);
  for (const weights of ['none', 'class', 'sample', 'both'] as const) {
    forEach({ weights }, (problem, what) => {
      const { crossEntropyWeight = 0, emdWeight = 1 } = problem;
      const mean = evaluate(problem);
      const sum = evaluate({ ...problem, reduction: 'sum' });
      const none = evaluate({ ...problem, reduction: 'none' });
      near(mean.loss, crossEntropyWeight * mean.crossEntropy + emdWeight * mean.emd, what);
      near(
        sum.loss,
        (none.losses as Float32Array).reduce((a, b) => a + b, 0),
        what,
      );
      sameBits(sum.losses, none.losses, `${what}: losses`);
      sameBits(sum.losses, mean.losses, `${what}: losses`);
      near(sum.loss / mean.loss, sum.emd / mean.emd, what);
    });
  }
});

test('both parts are computed where their weight is 0', () => {
  forEach({}, (problem, what) => {
    const both = evaluate(problem);
    const neither = evaluate({ ...problem, crossEntropyWeight: 0, emdWeight: 0 });
    assert.is(neither.loss, 0, what);
    assert.is(neither.emd, both.emd, what);
    assert.is(neither.crossEntropy, both.crossEntropy, what);
    assert.ok(
      (neither.gradient as Float32Array).every((g) => g === 0),
      what,
    );
  });
});

test('positions are gaps', () => {
  const xs = [18, 19, 21, 24.5, 30, 31, 47, 60];
  const gaps = xs.slice(1).map((x, i) => x - xs[i]);
  const { predictions, targets } = makeProblem(PLAIN, seed);
  const call = (ground: ReturnType<typeof ordered>) =>
    emdLoss(predictions, targetsOf(targets), { classes: 8, groundDistance: ground });
  sameBits(call(positions(xs)).gradient, call(ordered(gaps)).gradient, 'gradient');
  sameBits(
    call(positions(Float32Array.from(xs))).gradient,
    call(ordered(Float32Array.from(gaps))).gradient,
    'gradient',
  );
});

test('gaps of 1 are the default', () => {
  for (const [plain, withGaps] of [
    ['ordered', 'ordered'],
    ['circular', 'circular'],
  ] as const) {
    forEach({ ground: plain }, (problem, what) => {
      const gaps = new Float64Array(problem.classes - (plain === 'ordered' ? 1 : 0)).fill(1);
      checkResult(problem, evaluate({ ...problem, ground: { kind: withGaps, gaps } }), what);
    });
  }
});

test('xemd1 and xemd2 are their exponents and offsets', () => {
  const { distances } = makeGround('matrix', 8, new Random(seed)) as Matrix;
  const problem = makeProblem({ ...PLAIN, ground: 'matrix' }, seed);
  const call = (ground: ReturnType<typeof matrix>) =>
    emdLoss(problem.predictions, targetsOf(problem.targets), { classes: 8, groundDistance: ground }).gradient;
  sameBits(call(matrix(distances, 'xemd1')), call(matrix(distances, { exponent: 1, offset: -0.5 })), 'xemd1');
  sameBits(call(matrix(distances, 'xemd2')), call(matrix(distances, { exponent: 2, offset: -0.25 })), 'xemd2');
  sameBits(call(matrix(distances)), call(matrix(distances, { exponent: 1, offset: 0 })), 'default');
  const nested = Array.from({ length: 8 }, (_, i) => Array.from(distances.subarray(8 * i, 8 * i + 8)));
  sameBits(call(matrix(nested)), call(matrix(distances)), 'nested');
  sameBits(call(matrix(Array.from(distances))), call(matrix(distances)), 'list');
});

test('a nearly symmetric matrix is used as the mean of both sides', () => {
  const { distances } = makeGround('matrix', 8, new Random(seed)) as Matrix;
  const lopsided = distances.map((d, n) => (n >> 3 < (n & 7) ? d * (1 + 4e-6) : d));
  const symmetric = lopsided.map((d, n) => (d + lopsided[(n & 7) * 8 + (n >> 3)]) / 2);
  const problem = makeProblem({ ...PLAIN, ground: 'matrix' }, seed);
  checkResult(
    { ...problem, ground: { kind: 'matrix', distances: symmetric } },
    evaluate({ ...problem, ground: { kind: 'matrix', distances: lopsided } }),
    'result',
  );
});

test('descending the gradient learns the targets', () => {
  // A positive offset has its minimum elsewhere, a negative one has local minima at near classes.
  for (const ground of GROUNDS.filter((name) => !/positive|indefinite|xemd/.test(name))) {
    const problem = makeProblem({ ...PLAIN, ground, rows: 6, mood: 'calm', reduction: 'sum' }, seed);
    const options = { ...optionsOf(problem), groundDistance: groundDistance(problem.ground), emdWeight: 1 };
    const targets = targetsOf(problem.targets);
    const logits = problem.predictions.slice();
    const step = () => {
      const gradient = emdLoss(logits, targets, options).gradient as Float32Array;
      // Length 1 for every row, so that every ground distance learns in as many steps.
      rowsOf(problem, gradient).forEach((row, b) => {
        const length = Math.hypot(...row) || 1;
        for (let c = 0; c < 8; c++) logits[8 * b + c] -= (0.3 * row[c]) / length;
      });
    };
    for (let i = 0; i < 200; i++) step();
    rowsOf(problem, logits).forEach((row, b) => {
      assert.is(row.indexOf(Math.max(...row)), targets[b], `${ground}: row ${b}, ${row}`);
    });
  }
});

test.run();
