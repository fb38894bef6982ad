// Metrics against their definitions and against numbers worked out by hand.
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as metrics from '../lib/metrics.js';
import { oracle } from './oracle.js';
import { seed } from './scale.js';

const test = suite('metrics');

const close = (actual: number, expected: number, what: string) =>
  assert.ok(Math.abs(actual - expected) <= 1e-12, `${what}: expected ${expected}, received ${actual}`);

const PREDICTED = [0, 1, 2, 2, 0, 1];
const ACTUAL = [0, 2, 2, 1, 2, 1];

test('by hand', () => {
  assert.is(metrics.accuracy(PREDICTED, ACTUAL), 3 / 6);
  assert.is(metrics.accuracyWithin(PREDICTED, ACTUAL, 1), 5 / 6);
  assert.is(metrics.accuracyWithin(PREDICTED, ACTUAL, 2), 1);
  assert.is(metrics.meanAbsoluteError(PREDICTED, ACTUAL), 4 / 6);
  assert.equal(Array.from(metrics.confusionMatrix(PREDICTED, ACTUAL, 3)), [1, 0, 0, 0, 1, 1, 1, 1, 1]);
  // Observed 1 + 1 + 4 = 6; by chance sum a_i p_j (i - j)^2 / 6 = (1 (2 + 2 4) + 2 (2 + 2) + 3 (2 4 + 2)) / 6 = 8.
  close(metrics.quadraticWeightedKappa(PREDICTED, ACTUAL, 3), 1 - 6 / 8, 'kappa');
});

test('labels of every type', () => {
  for (const Predicted of [Int32Array, Uint8Array, Uint16Array, Uint32Array]) {
    for (const Actual of [Int32Array, Uint8Array, Uint16Array, Uint32Array]) {
      assert.is(metrics.accuracy(Predicted.from(PREDICTED), Actual.from(ACTUAL)), 0.5);
    }
  }
  assert.is(metrics.meanAbsoluteError(BigInt64Array.from(PREDICTED, BigInt), ACTUAL), 4 / 6);
});

test('no samples, and agreement that chance explains', () => {
  for (const metric of [metrics.accuracy, metrics.meanAbsoluteError]) assert.ok(Number.isNaN(metric([], [])));
  assert.ok(Number.isNaN(metrics.quadraticWeightedKappa([], [], 3)));
  assert.ok(Number.isNaN(metrics.quadraticWeightedKappa([1, 1], [1, 1], 3)));
  assert.ok(Number.isNaN(metrics.rankedProbabilityScore(new Float32Array(0), [], { classes: 3 })));
  assert.is(metrics.quadraticWeightedKappa([0, 1, 2], [0, 1, 2], 3), 1);
});

test('decoding by hand', () => {
  const p = Float32Array.of(0.4, 0.35, 0.25, 0.5, 0, 0.5, 0.1, 0.1, 0.8);
  const by = (options: object) => Array.from(metrics.decode(p, { classes: 3, ...options }));
  assert.equal(by({}), [0, 0, 2]);
  assert.equal(by({ rule: 'argmax' }), [0, 0, 2]);
  assert.equal(by({ rule: 'median' }), [1, 0, 2]);
  assert.equal(by({ rule: 'mean' }), [1, 1, 2]);
  // Means 0.35 + 2.5, 5, and 0.1 + 8.
  assert.equal(by({ rule: 'mean', positions: [0, 1, 10] }), [1, 1, 2]);
  assert.equal(by({ rule: 'mean', positions: [0, 4, 10] }), [1, 1, 2]);
  assert.equal(Array.from(metrics.decode(Float32Array.of(Number.NaN, 0.2, 0.3), { classes: 3 })), [2]);
});

const rows = fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 4, maxLength: 4 }), {
  minLength: 1,
  maxLength: 9,
});

test('properties: the median minimizes the expected absolute error, the mean the squared one', () => {
  fc.assert(
    fc.property(rows, (weights) => {
      const p = Float32Array.from(weights.flat());
      for (const [rule, power] of [
        ['median', 1],
        ['mean', 2],
      ] as const) {
        metrics.decode(p, { classes: 4, rule }).forEach((decoded, row) => {
          const cost = (k: number) => weights[row].reduce((sum, w, i) => sum + w * Math.abs(i - k) ** power, 0);
          const least = Math.min(...[0, 1, 2, 3].map(cost));
          assert.ok(cost(decoded) <= least + 1e-9, `${rule} of ${weights[row]}: ${decoded}`);
        });
      }
    }),
    { seed },
  );
});

test('properties: the ranked probability score is that of the oracle', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 0, max: 3 }), (weights, label) => {
      const p = Float32Array.from(
        weights.flatMap((row) => row.map((w) => (w + 1) / (row.reduce((a, b) => a + b) + 4))),
      );
      const actual = Int32Array.from(weights, (_, row) => (label + row) % 4);
      const expected = oracle({
        classes: 4,
        ground: { kind: 'ordered' },
        input: 'probabilities',
        predictions: p,
        targets: { kind: 'index', values: actual },
      });
      const score = metrics.rankedProbabilityScore(p, actual, { classes: 4 });
      assert.ok(Math.abs(score - expected.emd) <= 1e-5, `expected ${expected.emd}, received ${score}`);
    }),
    { seed },
  );
});

test.run();
