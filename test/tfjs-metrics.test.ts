// The metrics in TensorFlow.js.
import * as tf from '@tensorflow/tfjs-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { metrics } from '../lib/tfjs.js';
import { throws } from './errors.js';
import { near } from './near.js';
import { useBackend } from './tfjs-model.js';
import type { Anything } from './wrong.js';

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
  throws(() => metrics.rankedProbabilityScore({ fromLogit: true } as Anything), TypeError, /^fromLogit: expected/);
  throws(
    () => metrics.accuracyWithin(1)(tf.tensor1d([0, 7], 'int32'), p),
    RangeError,
    /^labels\[1\]: expected a class index/,
  );
});

test.run();
