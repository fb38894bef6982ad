// Metrics against their definitions and against numbers worked out by hand.
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as metrics from '../../lib/metrics.js';
import { oracle } from '../../shared/oracle/oracle.js';
import { throws } from '../support/errors.js';
import { seed } from '../support/scale.js';

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

test('chance agreement is no difference of large sums: weights of very different sizes', () => {
  const sampleWeights = [0.66, 1e30];
  // Observed 2 * 0.66 of 1e30; by chance 0.66 * 1e30 twice, and what is nothing beside it.
  close(metrics.linearWeightedKappa([2, 1], [0, 1], 3, { sampleWeights }), 0, 'linear');
  close(metrics.quadraticWeightedKappa([2, 1], [0, 1], 3, { sampleWeights }), -1, 'quadratic');
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

const rows = fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 4, maxLength: 4 }), {
  minLength: 1,
  maxLength: 9,
});

const CLASSES = 5;
const samples = fc.array(
  fc.record({
    predicted: fc.nat(CLASSES - 1),
    actual: fc.nat(CLASSES - 1),
    weight: fc.constantFrom(0, 0.25, 1, 3),
  }),
  { maxLength: 30 },
);
type Sample = { predicted: number; actual: number; weight: number };

/** As the definitions have it: every sample, pair of classes and entry of a matrix one by one. */
const DEFINITIONS: Record<string, (all: Sample[]) => number> = {
  accuracy: (all) => meanBy(all, (p, a) => Number(p === a)),
  accuracyWithin: (all) => meanBy(all, (p, a) => Number(Math.abs(p - a) <= 1)),
  meanAbsoluteError: (all) => meanBy(all, (p, a) => Math.abs(p - a)),
  macroAverageError: (all) => {
    const errors = errorsOfClasses(all);
    return errors.reduce((sum, error) => sum + error, 0) / errors.length;
  },
  maximumAverageError: (all) => (all.length === 0 ? Number.NaN : Math.max(...errorsOfClasses(all))),
  quadraticWeightedKappa: (all) => kappa(all, 2),
  linearWeightedKappa: (all) => kappa(all, 1),
};

const CALLS: Record<string, (p: number[], a: number[], options: metrics.MetricOptions) => number> = {
  accuracy: metrics.accuracy,
  accuracyWithin: (p, a, options) => metrics.accuracyWithin(p, a, 1, options),
  meanAbsoluteError: metrics.meanAbsoluteError,
  macroAverageError: (p, a, options) => metrics.macroAverageError(p, a, CLASSES, options),
  maximumAverageError: (p, a, options) => metrics.maximumAverageError(p, a, CLASSES, options),
  quadraticWeightedKappa: (p, a, options) => metrics.quadraticWeightedKappa(p, a, CLASSES, options),
  linearWeightedKappa: (p, a, options) => metrics.linearWeightedKappa(p, a, CLASSES, options),
};

function meanBy(all: Sample[], of: (predicted: number, actual: number) => number): number {
  const sum = (value: (sample: Sample) => number) => all.reduce((total, sample) => total + value(sample), 0);
  return sum(({ predicted, actual, weight }) => weight * of(predicted, actual)) / sum(({ weight }) => weight);
}

const errorsOfClasses = (all: Sample[]) =>
  [0, 1, 2, 3, 4]
    .map((k) => all.filter(({ actual }) => actual === k))
    .filter((ofClass) => ofClass.length > 0)
    .map((ofClass) => meanBy(ofClass, (p, a) => Math.abs(p - a)));

function kappa(all: Sample[], power: number): number {
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  let [observed, byChance] = [0, 0];
  for (let i = 0; i < CLASSES; i++) {
    for (let j = 0; j < CLASSES; j++) {
      const share = (of: (sample: Sample) => boolean) =>
        all.filter(of).reduce((sum, { weight }) => sum + weight, 0) / total;
      const cost = Math.abs(i - j) ** power;
      observed += cost * share(({ predicted, actual }) => actual === i && predicted === j);
      byChance += cost * share(({ actual }) => actual === i) * share(({ predicted }) => predicted === j);
    }
  }
  return byChance === 0 ? Number.NaN : 1 - observed / byChance;
}

for (const [name, definition] of Object.entries(DEFINITIONS)) {
  test(`properties: ${name} is its definition, with weights and ignored samples`, () => {
    fc.assert(
      fc.property(samples, fc.constantFrom(undefined, -1, 2), (all, ignoreIndex) => {
        // Samples that do not count may hold anything.
        const given = all.map((s) => (s.weight === 0 ? { ...s, predicted: 99, actual: -7 } : s));
        const expected = definition(all.filter((s) => s.weight > 0 && s.actual !== ignoreIndex));
        const options = { sampleWeights: given.map(({ weight }) => weight), ignoreIndex };
        const actual = CALLS[name](
          given.map(({ predicted }) => predicted),
          given.map((s) => s.actual),
          options,
        );
        assert.ok(
          Object.is(actual, expected) || Math.abs(actual - expected) <= 1e-12 * Math.max(1, Math.abs(expected)),
          `${JSON.stringify(given)}: expected ${expected}, received ${actual}`,
        );
      }),
      { seed },
    );
  });
}

test('the confusion matrix weighs samples, and counts without weights', () => {
  const options = { ignoreIndex: 1, sampleWeights: Float32Array.of(0.5, 2, 0.25, 1, 0, 1) };
  const weighed = metrics.confusionMatrix(PREDICTED, ACTUAL, 3, options);
  assert.instance(weighed, Float64Array);
  assert.equal(Array.from(weighed), [0.5, 0, 0, 0, 0, 0, 0, 2, 0.25]);
  const counted = metrics.confusionMatrix(PREDICTED, ACTUAL, 3, { ignoreIndex: 1 });
  assert.instance(counted, Uint32Array);
  assert.equal(Array.from(counted), [1, 0, 0, 0, 0, 0, 1, 1, 1]);
});

test('the agreement of few samples needs no memory for many classes', () => {
  const many = 16777216;
  assert.is(metrics.quadraticWeightedKappa([0, many - 1], [0, many - 1], many), 1);
  assert.is(metrics.linearWeightedKappa([0, many - 1], [many - 1, 0], many), -1);
  assert.is(metrics.macroAverageError([0, many - 1, 5], [1, many - 1, 1], many), 2.5 / 2);
});

test('one class alone has no kappa, whatever its samples weigh', () => {
  for (const weight of [0.1, 0.3, 1e-30, 1e30]) {
    const sampleWeights = [weight, weight, weight];
    for (const of of [metrics.quadraticWeightedKappa, metrics.linearWeightedKappa]) {
      assert.ok(Number.isNaN(of([3, 3, 3], [3, 3, 3], 5, { sampleWeights })), `${of.name}, ${weight}`);
    }
  }
});

test('a matrix of counts that would need gigabytes is refused, and the message says how many', () => {
  throws(
    () => metrics.confusionMatrix([0], [0], 30000),
    RangeError,
    /^classes: expected at most 23170, as a matrix \[30000, 30000\] would need 3\.6 GB, received 30000$/,
  );
  throws(() => metrics.confusionMatrix([0], [0], 20000, { sampleWeights: [1] }), RangeError, /need 3\.2 GB/);
});

test('the ranked probability score with weights and ignored samples', () => {
  const p = Float32Array.of(1, 0, 0, 0.25, 0.5, 0.25, Number.NaN, Number.NaN, Number.NaN, 0, 0, 1);
  const score = (options: metrics.MetricOptions) =>
    metrics.rankedProbabilityScore(p, [1, 1, 9, 0], { classes: 3, ...options });
  // 1; 1/16 + 1/16; not looked at; 2.
  close(score({ ignoreIndex: 9 }), (1 + 1 / 8 + 2) / 3, 'ignored');
  close(score({ sampleWeights: [1, 4, 0, 0.5] }), (1 + 4 / 8 + 1) / 5.5, 'weighed');
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
