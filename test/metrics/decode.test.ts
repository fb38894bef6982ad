// From predictions to classes, and how far those are from the right ones: against the definition of each rule, with the shortest paths
// between the classes found by trying all.
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { circular, type GroundDistance, matrix, ordered, positions, tree } from '../../lib/index.js';
import * as metrics from '../../lib/metrics.js';
import { near } from '../support/near.js';
import { seed } from '../support/scale.js';

const test = suite('decode');

test('by hand', () => {
  const p = Float32Array.of(0.4, 0.35, 0.25, 0.5, 0, 0.5, 0.1, 0.1, 0.8);
  const by = (options: object) => Array.from(metrics.decode(p, { classes: 3, ...options }));
  assert.equal(by({}), [0, 0, 2]);
  assert.equal(by({ rule: 'argmax' }), [0, 0, 2]);
  assert.equal(by({ rule: 'median' }), [1, 0, 2]);
  assert.equal(by({ rule: 'mean' }), [1, 1, 2]);
  // Means 0.35 + 2.5, 5, and 0.1 + 8.
  assert.equal(by({ rule: 'mean', positions: [0, 1, 10] }), [1, 1, 2]);
  assert.equal(by({ rule: 'mean', positions: [0, 4, 10] }), [1, 1, 2]);
});

test('hours: what lies between 23 and 1 is 0, not 12', () => {
  const p = new Float32Array(24);
  p[23] = 0.4;
  p[0] = 0.2;
  p[1] = 0.4;
  const by = (options: object) => metrics.decode(p, { classes: 24, ...options })[0];
  assert.is(by({ rule: 'mean' }), 10);
  assert.is(by({ rule: 'least-cost', groundDistance: circular() }), 0);
  assert.is(metrics.meanDistance([23, 0, 6], [1, 12, 5], circular(), { classes: 24 }), (2 + 12 + 1) / 3);
});

test('a NaN counts as a probability of 0, in every place and for every rule', () => {
  const rules = ['argmax', 'median', 'mean', 'least-cost'] as const;
  const decode = (p: number[], rule: (typeof rules)[number], input: 'logits' | 'probabilities') =>
    metrics.decode(Float32Array.from(p), {
      classes: p.length,
      rule,
      input,
      ...(rule === 'least-cost' && { groundDistance: ordered() }),
    })[0];
  assert.is(decode([-1, Number.NaN, -2], 'argmax', 'probabilities'), 1);
  assert.is(decode([Number.NaN, -1, 0], 'argmax', 'probabilities'), 0);
  for (const row of [
    [-1, Number.NaN, -2],
    [Number.NaN, 0.2, 0.3],
    [0.2, Number.NaN, 0.3, Number.NaN],
    [Number.NaN, Number.NaN],
  ]) {
    for (const rule of rules) {
      const zeros = row.map((value) => (Number.isNaN(value) ? 0 : value));
      const gone = row.map((value) => (Number.isNaN(value) ? -Infinity : value));
      assert.is(decode(row, rule, 'probabilities'), decode(zeros, rule, 'probabilities'), `${rule} of ${row}`);
      assert.is(decode(row, rule, 'logits'), decode(gone, rule, 'logits'), `${rule} of logits ${row}`);
    }
  }
});

test('softmax', () => {
  const { log } = Math;
  const logits = Float32Array.of(log(1), log(2), log(5), 1000, 999, -Infinity, -1000, -1000, -3000);
  const e = Math.exp(-1);
  near(
    metrics.softmax(logits, { classes: 3 }),
    [1 / 8, 2 / 8, 5 / 8, 1 / (1 + e), e / (1 + e), 0, 0.5, 0.5, 0],
    1e-7,
    'softmax',
  );
  const { NaN: nan } = Number;
  const broken = Float32Array.of(0, nan, 1, 0, Infinity, 1, -Infinity, -Infinity, -Infinity, 0, 0, 0);
  const p = metrics.softmax(broken, { classes: 3 });
  assert.ok(p.subarray(0, 9).every(Number.isNaN), `${p}`);
  near(p.subarray(9), [1 / 3, 1 / 3, 1 / 3], 1e-7, 'the row after them');
});

const C = 6;
const gap = fc.integer({ min: 1, max: 9 }).map((x) => x / 2);
const gaps = (count: number) => fc.array(gap, { minLength: count, maxLength: count });
type Edge = [number, number, number];
const chain = (lengths: number[]): Edge[] => lengths.map((length, i) => [i, (i + 1) % C, length]);

const TREE: Edge[] = [
  [0, 2, 1],
  [1, 2, 1],
  [2, 4, 1],
  [3, 4, 1],
  [5, 0, 1],
];

/** A ground distance, and the edges that its paths go along. */
const grounds: fc.Arbitrary<{ ground: GroundDistance; edges: Edge[] }> = fc.oneof(
  fc.constant({ ground: ordered(), edges: chain(new Array(C - 1).fill(1)) }),
  fc.constant({ ground: circular(), edges: chain(new Array(C).fill(1)) }),
  fc.constant({ ground: tree([2, 2, 4, 4, -1, 0]), edges: TREE }),
  gaps(C - 1).map((w) => ({ ground: ordered(w), edges: chain(w) })),
  gaps(C - 1).map((w) => {
    const xs = [-3];
    for (const length of w) xs.push((xs.at(-1) as number) + length);
    return { ground: positions(xs), edges: chain(w) };
  }),
  gaps(C).map((w) => ({ ground: circular(w), edges: chain(w) })),
  fc.tuple(fc.tuple(...Array.from({ length: C - 1 }, (_, i) => fc.nat(i))), gaps(C)).map(([above, lengths]) => {
    const parents = [-1, ...above];
    const edges = parents.slice(1).map((parent, i): Edge => [i + 1, parent, lengths[i + 1]]);
    return { ground: tree(parents, lengths), edges };
  }),
);

/** Floyd and Warshall's shortest paths. */
function shortestPaths(edges: Edge[]): number[][] {
  const d = Array.from({ length: C }, (_, i) => Array.from({ length: C }, (_, k) => (i === k ? 0 : Infinity)));
  for (const [i, k, length] of edges) d[i][k] = d[k][i] = Math.min(d[i][k], length);
  for (let via = 0; via < C; via++) {
    for (let i = 0; i < C; i++) {
      for (let k = 0; k < C; k++) d[i][k] = Math.min(d[i][k], d[i][via] + d[via][k]);
    }
  }
  return d;
}

/** Also as a matrix, whose exponent and offset change nothing; and each as what `toJSON()` leaves of it. */
const everyForm = (ground: GroundDistance, d: number[][]) =>
  [ground, matrix(d, { exponent: 2, offset: -0.25 })].flatMap((form) => [
    form,
    JSON.parse(JSON.stringify(form)) as metrics.GroundDistanceLike,
  ]);

const distribution = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: C, maxLength: C });

test('properties: meanDistance is the mean length of the shortest paths', () => {
  fc.assert(
    fc.property(
      grounds,
      fc.array(fc.tuple(fc.nat(C - 1), fc.nat(C - 1), fc.constantFrom(0, 1, 2.5))),
      (chosen, all) => {
        const d = shortestPaths(chosen.edges);
        const [p, a, w] = [0, 1, 2].map((column) => all.map((sample) => sample[column]));
        const weight = w.reduce((sum, x) => sum + x, 0);
        const expected = all.reduce((sum, [i, k, x]) => sum + x * d[i][k], 0) / weight;
        for (const ground of everyForm(chosen.ground, d)) {
          const actual = metrics.meanDistance(p, a, ground, { classes: C, sampleWeights: w });
          assert.ok(
            Object.is(actual, expected) || Math.abs(actual - expected) <= 1e-6,
            `${ground}: ${actual}, ${expected}`,
          );
        }
      },
    ),
    { seed },
  );
});

test('properties: every rule minimizes what it says, and takes the first of equal ones', () => {
  fc.assert(
    fc.property(grounds, distribution, fc.boolean(), (chosen, weights, asLogits) => {
      const d = shortestPaths(chosen.edges);
      const line = shortestPaths(chain(new Array(C - 1).fill(1)));
      const input = asLogits ? 'logits' : 'probabilities';
      const predictions = Float32Array.from(weights, (w) => (asLogits ? Math.log(w) : w));
      const check = (options: object, cost: (i: number, k: number) => number) => {
        const [decoded] = metrics.decode(predictions, { classes: C, input, ...options });
        const costs = weights.map((_, k) => weights.reduce((sum, w, i) => sum + w * cost(i, k), 0));
        const least = Math.min(...costs);
        // As float32 the logits of equal costs need not be quite equal.
        const right = asLogits ? costs[decoded] <= least + 1e-4 : decoded === costs.indexOf(least);
        assert.ok(right, `${JSON.stringify(options)} of ${weights}: ${decoded}, costs ${costs}`);
      };
      check({ rule: 'argmax' }, (i, k) => Number(i !== k));
      check({ rule: 'median' }, (i, k) => line[i][k]);
      check({ rule: 'mean' }, (i, k) => line[i][k] ** 2);
      for (const groundDistance of everyForm(chosen.ground, d)) {
        check({ rule: 'least-cost', groundDistance }, (i, k) => d[i][k]);
      }
    }),
    { seed, numRuns: 300 },
  );
});

test('what many classes of one probability are decoded to', () => {
  for (const classes of [3, 24, 49, 1000]) {
    const by = (options: object) =>
      metrics.decode(new Float32Array(classes).fill(0.1), { classes, input: 'logits', ...options })[0];
    assert.is(by({}), 0);
    assert.is(by({ rule: 'median' }), Math.ceil(classes / 2) - 1);
    assert.is(by({ rule: 'mean' }), Math.ceil(classes / 2) - 1);
    assert.is(by({ rule: 'least-cost', groundDistance: circular() }), 0);
  }
});

test('a short gap beside a huge one is not lost', () => {
  assert.is(metrics.meanDistance([1], [2], ordered([1e12, 0.001]), { classes: 3 }), 0.001);
  assert.is(metrics.meanDistance([1], [2], circular([1e12, 0.001, 1e12]), { classes: 3 }), 0.001);
});

test.run();
