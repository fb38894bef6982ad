// The metrics in TensorFlow.js.
import * as tf from '@tensorflow/tfjs-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { metrics } from '../../lib/tfjs.js';
import { throws } from '../support/errors.js';
import { near } from '../support/near.js';
import { BACKENDS, useBackend } from '../support/tfjs-model.js';
import type { Anything } from '../support/wrong.js';

const test = suite('tfjs metrics');

test('metrics', async () => {
  await useBackend('cpu');
  const p = tf.tensor2d([0.6, 0.2, 0.2, 0.1, 0.2, 0.7, 0.4, 0.2, 0.4], [3, 3]);
  const labels = tf.tensor1d([1, 0, 2], 'int32');
  const oneHot = tf.oneHot(labels, 3);
  for (const y of [labels, oneHot]) {
    assert.equal(Array.from(metrics.accuracyWithin(1)(y, p).dataSync()), [1, 0, 0]);
    assert.equal(Array.from(metrics.accuracyWithin(0, { rule: 'median' })(y, p).dataSync()), [0, 0, 0]);
    assert.equal(Array.from(metrics.meanAbsoluteError({ rule: 'median' })(y, p).dataSync()), [1, 2, 1]);
    near(metrics.rankedProbabilityScore()(y, p).dataSync(), [0.36 + 0.04, 0.81 + 0.49, 0.16 + 0.36], 1e-6, 'RPS');
  }
});

test('samples that do not count have no part in a metric, wherever they are: by ignoreIndex, and as rows of zeros', async () => {
  for (const backend of BACKENDS) {
    await useBackend(backend);
    const p = tf.tensor3d([0.6, 0.2, 0.2, 0.1, 0.2, 0.7, 0.4, 0.2, 0.4, 0.1, 0.8, 0.1], [2, 2, 3]);
    const z = tf.log(p);
    const all = {
      within: (own: object) => metrics.accuracyWithin(1, own),
      median: (own: object) => metrics.meanAbsoluteError({ rule: 'median', ...own }),
      score: (own: object) => metrics.rankedProbabilityScore(own),
    };
    const expected = { within: [1, 0, 1], median: [1, 2, 0], score: [0.36 + 0.04, 0.81 + 0.49, 0.01 + 0.01] };
    const indices = (values: number[]) => tf.tensor2d(values, [2, 2], 'int32');
    const given: [string, tf.Tensor, object][] = [
      ['class indices', indices([1, 0, 255, 1]), { ignoreIndex: 255 }],
      ['float32 class indices', tf.cast(indices([1, 0, -1, 1]), 'float32'), { ignoreIndex: -1 }],
      ['one-hot', tf.oneHot(indices([1, 0, -1, 1]), 3), {}],
      ['one-hot of a class that indices would ignore', tf.oneHot(indices([1, 0, -1, 1]), 3), { ignoreIndex: 1 }],
      ['one-hot, counted', tf.mul(tf.oneHot(indices([1, 0, -1, 1]), 3), 7), {}],
    ];
    for (const [what, y, own] of given) {
      for (const [name, make] of Object.entries(all)) {
        for (const [predictions, fromLogits] of [
          [p, false],
          [z, true],
        ] as const) {
          const value = make({ fromLogits, ...own })(y, predictions);
          const own1 = `${backend}, ${what}: ${name}, ${fromLogits}`;
          near(value.dataSync(), expected[name as keyof typeof expected], 1e-6, own1);
        }
      }
    }
    const none = tf.oneHot(indices([-1, -1, -1, -1]), 3);
    for (const make of Object.values(all)) {
      const value = make({})(none, p);
      assert.equal(value.shape, [2, 2]);
      assert.equal(Array.from(value.dataSync()), [0, 0, 0, 0], 'a batch in which nothing counts');
    }
    const soft = tf.tensor3d([0, 3, 1, 2, 1, 1, 0, 0, 0, 0, 0.5, 0], [2, 2, 3]);
    near(metrics.accuracyWithin(0)(soft, p).dataSync(), [0, 0, 1], 0, 'distributions');
  }
});

test('metrics keep their shape where all samples count, and leave no tensor behind', async () => {
  await useBackend('cpu');
  const p = tf.fill([2, 2, 4], 0.25);
  const y = tf.tensor2d([0, 1, 2, 3], [2, 2], 'int32');
  for (const metric of [metrics.accuracyWithin(1), metrics.meanAbsoluteError(), metrics.rankedProbabilityScore()]) {
    const before = tf.memory().numTensors;
    const value = metric(y, p);
    assert.equal(value.shape, [2, 2]);
    assert.is(tf.memory().numTensors, before + 1);
  }
});

test('labels that are none are refused: no class, a class that does not count elsewhere, no distribution', async () => {
  await useBackend('cpu');
  const p = tf.fill([2, 3], 1 / 3);
  for (const metric of [metrics.accuracyWithin(1), metrics.meanAbsoluteError(), metrics.rankedProbabilityScore()]) {
    const before = tf.memory().numTensors;
    const cases: [tf.Tensor, RegExp][] = [
      [tf.tensor1d([0, -1], 'int32'), /^labels\[1\]: expected a class index in 0..2, received -1/],
      [tf.tensor2d([1, 0, 0, 1, -0.5, 0], [2, 3]), /^labels\[1\]\[1\]: expected a finite number .*, received -0.5/],
      [
        tf.tensor2d([1, 0, Number.NaN, 1, 0, 0], [2, 3]),
        /^labels\[0\]\[2\]: expected a finite number .*, received NaN/,
      ],
    ];
    for (const [labels, message] of cases) throws(() => metric(labels, p), RangeError, message);
    assert.is(tf.memory().numTensors, before + cases.length);
  }
});

test('wrong arguments of metrics', async () => {
  await useBackend('cpu');
  const p = tf.fill([2, 3], 1 / 3);
  throws(() => metrics.accuracyWithin(-1), RangeError, /^distance: expected an integer/);
  throws(() => metrics.accuracyWithin('1' as Anything), TypeError, /^distance: expected an integer/);
  throws(
    () => metrics.meanAbsoluteError({ rules: 'median' } as Anything),
    TypeError,
    /^rules: expected one of the options/,
  );
  throws(() => metrics.accuracyWithin(1, { ignoreIndex: 0.5 }), RangeError, /^ignoreIndex: expected an integer/);
  throws(() => metrics.rankedProbabilityScore({ fromLogit: true } as Anything), TypeError, /^fromLogit: expected/);
  throws(
    () => metrics.accuracyWithin(1)(tf.tensor1d([0, 7], 'int32'), p),
    RangeError,
    /^labels\[1\]: expected a class index/,
  );
});

test.run();
