// The energy distance: what it is the same as, what it is made for, and which distances it refuses.
// runner: numeric
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { circular, EmdLoss, energy, type GroundDistance, matrix, ordered, positions, tree } from '../../lib/index.js';
import { evaluate } from '../../shared/oracle/call.js';
import { makeGround, makeProblem, PLAIN, problemOf } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { checkResult } from '../support/check.js';
import { throws } from '../support/errors.js';
import { seed } from '../support/scale.js';
import type { Anything } from '../support/wrong.js';

const test = suite('energy');

const square = (classes: number, distance: (i: number, j: number) => number) =>
  Float32Array.from({ length: classes * classes }, (_, at) => distance(Math.floor(at / classes), at % classes));

const SIZES = [2, 3, 8, 17, 33, 100];

/** The problem's own ground distance against one that must give the same numbers. */
function same(of: 'ordered' | 'ordered-gaps' | 'circular' | 'circular-gaps' | 'tree-random', distances: Distances) {
  for (const classes of SIZES) {
    for (const input of ['logits', 'probabilities'] as const) {
      for (const targets of ['index', 'distribution'] as const) {
        const problem = makeProblem({ ...PLAIN, ground: of, classes, input, targets, rows: 19 }, seed);
        const ground = {
          kind: 'energy',
          distances: square(classes, distances(problem.ground as unknown as Shape)),
        } as const;
        const other = { ...problem, ground };
        // From probabilities an energy's gradient is that of the other less a constant, which they may see.
        const options = input === 'probabilities' ? { gradient: false } : {};
        checkResult(problem, evaluate(other, options), JSON.stringify({ seed, of, classes, input, targets }));
      }
    }
  }
}

interface Shape {
  gaps?: ArrayLike<number>;
  parents: Int32Array;
  lengths: Float64Array;
  classes?: number;
}
type Distances = (shape: Shape) => (i: number, j: number) => number;

const places = (gaps: ArrayLike<number> | undefined, i: number) => {
  let sum = 0;
  for (let j = 0; j < i; j++) sum += gaps?.[j] ?? 1;
  return sum;
};

test('the distances on a line give the squared EMD of ordered classes', () => {
  same('ordered', () => (i, j) => Math.abs(i - j));
  same(
    'ordered-gaps',
    ({ gaps }) =>
      (i, j) =>
        Math.abs(places(gaps, i) - places(gaps, j)),
  );
});

test('the path lengths of a tree give its squared EMD', () => {
  const above = ({ parents }: Shape, i: number) => {
    const path = [i];
    while (parents[path[path.length - 1]] >= 0) path.push(parents[path[path.length - 1]]);
    return path;
  };
  same('tree-random', (shape) => (i, j) => {
    const [a, b] = [above(shape, i), above(shape, j)];
    const apart = [...a.filter((node) => !b.includes(node)), ...b.filter((node) => !a.includes(node))];
    return apart.reduce((sum, node) => sum + shape.lengths[node], 0);
  });
});

test('arcs a of a circle L as a (L - a) / L give its squared EMD', () => {
  for (const classes of SIZES.slice(1)) {
    for (const targets of ['index', 'distribution'] as const) {
      const problem = makeProblem({ ...PLAIN, ground: 'circular-gaps', classes, targets, rows: 19 }, seed);
      const { gaps } = problem.ground as unknown as Shape;
      const length = places(gaps, classes);
      const distances = square(classes, (i, j) => {
        const arc = Math.abs(places(gaps, i) - places(gaps, j));
        return (arc * (length - arc)) / length;
      });
      checkResult(problem, evaluate({ ...problem, ground: { kind: 'energy', distances } }), `${classes} ${targets}`);
    }
  }
});

test('equal distances give half the Brier score', () => {
  const random = new Random(seed);
  const p = random.floats(5, () => random.uniform());
  const total = p.reduce((a, b) => a + b);
  const t = Float32Array.of(0.25, 0, 0.5, 0.125, 0.125);
  const groundDistance = energy(square(5, (i, j) => (i === j ? 0 : 1)));
  const probabilities = p.map((x) => x / total);
  const { loss } = new EmdLoss({ classes: 5, groundDistance, input: 'probabilities' }).evaluate(probabilities, t);
  const brier = probabilities.reduce((sum, x, i) => sum + (x - t[i]) ** 2, 0);
  assert.ok(Math.abs(loss - brier / 2) < 1e-6, `${loss} is not ${brier / 2}`);
});

test('from probabilities of many classes that are much the same distance apart, with distributions as targets', () => {
  const random = new Random(seed);
  for (const classes of [257, 1000]) {
    const distances = square(classes, (i, j) => (i === j ? 0 : 1));
    const rows = Array.from({ length: 4 }, () => {
      const x = random.floats(classes, () => Math.exp(0.1 * random.normal()));
      const sum = x.reduce((a, b) => a + b);
      return x.map((e) => e / sum);
    });
    const values = random.floats(rows.length * classes, () => random.uniform());
    const targets = { kind: 'distribution', values } as const;
    const problem = problemOf(rows, [], { ground: { kind: 'energy', distances }, input: 'probabilities', targets });
    checkResult(problem, evaluate(problem), JSON.stringify({ seed, classes }));
  }
});

test('is least where predictions are the target, also a soft one, which the expected cost of a matrix is not', () => {
  const random = new Random(seed);
  const t = Float32Array.of(0.05, 0.15, 0.4, 0.3, 0.1);
  const distances = square(5, (i, j) => Math.abs(i - j));
  const loss = (groundDistance: GroundDistance, p: Float32Array) =>
    new EmdLoss({ classes: 5, groundDistance }).evaluate(p.map(Math.log), t, { gradient: false }).loss;
  assert.ok(loss(energy(distances), t) < 1e-7);
  let better = 0;
  for (let trial = 0; trial < 200; trial++) {
    const p = t.map((x) => x * random.between(0.5, 1.5));
    assert.ok(loss(energy(distances), p) >= loss(energy(distances), t));
    if (loss(matrix(distances), p) < loss(matrix(distances), t)) better++;
  }
  assert.ok(better > 0);
});

test('bits do not depend on threads or on the place of a row in the batch', () => {
  for (const classes of [3, 20, 150]) {
    const problem = makeProblem({ ...PLAIN, ground: 'energy', classes, rows: 1 }, seed);
    const row = problem.predictions;
    const rows = 70;
    const batch = new Float32Array(rows * classes);
    for (let b = 0; b < rows; b++) batch.set(row, b * classes);
    const values = new Int32Array(rows).fill(Number(problem.targets.values[0]));
    const many = { ...problem, predictions: batch, targets: { kind: 'index', values }, reduction: 'sum' } as const;
    const alone = evaluate({ ...problem, reduction: 'sum' }).gradient as Float32Array;
    for (const threads of [1, 2, 3]) {
      const gradient = evaluate(many, { threads }).gradient as Float32Array;
      for (let b = 0; b < rows; b++) assert.equal(gradient.subarray(b * classes, (b + 1) * classes), alone);
    }
  }
});

test('an energy below 0 is rounding and becomes 0, unless it may be negative', () => {
  // Of negative type, but not strictly: opposite pairs of four points on a circle have no energy between them.
  const arcs = square(4, (i, j) => Math.min(Math.abs(i - j), 4 - Math.abs(i - j)));
  const p = Float32Array.of(0.5, 0, 0.5, 0);
  const t = Float32Array.of(0, 0.5, 0, 0.5);
  const loss = (ground: GroundDistance) =>
    new EmdLoss({ classes: 4, groundDistance: ground, input: 'probabilities' }).evaluate(p, t).loss;
  assert.is(loss(energy(arcs)), 0);
  const bent = arcs.map((d) => (d === 2 ? 3 : d));
  assert.is(loss(energy(bent, { indefinite: true })), -0.5);
});

test('distances that are of no negative type are refused', () => {
  const refused = (distances: Float32Array, options = {}) =>
    throws(
      () => energy(distances, options),
      RangeError,
      /^distances: expected distances of negative type.* E can be negative"$/,
    );
  const detour = Float32Array.of(0, 9, 1, 9, 0, 1, 1, 1, 0);
  refused(detour);
  assert.is(energy(detour, { indefinite: true }).indefinite, true);
  assert.is(energy(detour, { exponent: 0.3 }).exponent, 0.3);
  refused(
    square(8, (i, j) => Math.abs(i - j) ** 2),
    { exponent: 1.5 },
  );
  // Two pairs whose pivots are 0, and what is beside them is not.
  refused(Float32Array.of(0, 0, 0, 0, 0, 1, 0, 1, 0));
  for (const ground of ['energy', 'energy-line', 'energy-exponent'] as const) {
    for (const classes of [2, 3, 50, 300]) {
      const made = makeGround(ground, classes, new Random(seed)) as unknown as { distances: Float32Array };
      for (const exponent of [0.1, 1, 1.99, 2]) energy(made.distances, { exponent });
    }
  }
  energy(square(600, (i, j) => Math.min(Math.abs(i - j), 600 - Math.abs(i - j)))); // arcs
});

test('of more than 1024 classes nobody checks the type', () => {
  const distances = square(1025, (i, j) => (i === j ? 0 : 1));
  distances[1] = distances[1025] = 9;
  assert.is(energy(distances).classes, 1025);
});

test('power 1, and roots of what may be negative, are refused when the loss is made or the distance set', () => {
  const definite = energy(square(3, (i, j) => Math.abs(i - j)));
  const indefinite = energy(Float32Array.of(0, 9, 1, 9, 0, 1, 1, 1, 0), { indefinite: true });
  const wanted = /^groundDistance: expected one that has a power of 1/;
  throws(() => new EmdLoss({ classes: 3, power: 1, groundDistance: definite }), RangeError, wanted);
  const loss = new EmdLoss({ classes: 3, power: 1, groundDistance: ordered() });
  throws(() => (loss.groundDistance = definite), RangeError, wanted);
  for (const normalization of ['root-mean', 'nima'] as const) {
    new EmdLoss({ classes: 3, normalization, groundDistance: definite });
    const root = () => new EmdLoss({ classes: 3, normalization, groundDistance: indefinite });
    throws(root, RangeError, /^groundDistance: expected an energy that is not indefinite/);
  }
});

test('bad options name themselves', () => {
  const distances = square(3, (i, j) => Math.abs(i - j));
  const make = (options: Anything) => () => energy(distances, options);
  for (const exponent of [0, -1, 2.001, Number.NaN, Infinity]) {
    throws(make({ exponent }), RangeError, /^exponent: expected a number greater than 0, at most 2/);
  }
  throws(make({ exponent: '1' }), TypeError, /^exponent: expected a number/);
  throws(make({ indefinite: 1 }), TypeError, /^indefinite: expected a boolean/);
  throws(make({ offset: 0 }), TypeError, /^offset: expected one of the options exponent, indefinite/);
  throws(make('xemd1'), TypeError, /^options: expected an object/);
  throws(() => energy(Float32Array.of(0, 1, 2, 0)), RangeError, /^distances\[2\]: expected the same as distances\[1\]/);
});

test('says what it is', () => {
  const ground = energy([0, 2, 2, 0], { exponent: 0.5 });
  assert.is(`${ground}`, 'energy(2 classes, exponent 0.5)');
  assert.equal(ground.toJSON(), {
    kind: 'energy',
    classes: 2,
    distances: [0, 2, 2, 0],
    exponent: 0.5,
    indefinite: false,
  });
  for (const other of [ordered(), circular(), tree([-1, 0]), positions([0, 1]), matrix([0, 1, 1, 0])]) {
    assert.is(other.indefinite, undefined);
  }
});

test.run();
