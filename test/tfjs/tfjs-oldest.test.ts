// The oldest supported version of tfjs, in a process of its own: its engine is one for all versions.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emdLoss } from '../../lib/index.js';
import { near } from '../support/near.js';

const test = suite('oldest tfjs');

/** Prints losses, a gradient and what is left in memory. The newest cpu backend computes; it warns about operators that are new to the core. */
const PROGRAM = `
const Module = require('node:module');
const resolve = Module._resolveFilename;
Module._resolveFilename = (name, ...rest) =>
  resolve(name.replace(/^@tensorflow\\/tfjs-core(?=$|\\/)/, 'tfjs-core-oldest'), ...rest);
console.warn = () => {};
const tf = require('@tensorflow/tfjs-core');
tf.util.convertBackendValuesAndArrayBuffer = (values) => values; // what the backend expects of a newer core
tf.broadcast_util = { assertAndGetBroadcastShape: (shape) => shape }; // of the batches of products, of which there is one
require('@tensorflow/tfjs-backend-cpu');
const { emdLoss, metrics } = require('squared-emd/tfjs');
const logits = tf.tensor2d(Float32Array.from({ length: 15 }, (_, i) => Math.sin(i)), [3, 5]);
const upstream = tf.tensor1d([1, 2, -1]);
const results = () => [tf.tensor1d([0, 4, 2], 'int32'), tf.cast(tf.oneHot(tf.tensor1d([0, 4, 2], 'int32'), 5), 'float32')].map((labels) => {
  const loss = emdLoss({ fromLogits: true, crossEntropyWeight: 1 });
  tf.dispose(loss(labels, logits)); // constants
  tf.tidy(() => void tf.grad((z) => loss(labels, z))(logits, upstream));
  const before = tf.memory().numTensors;
  const values = tf.tidy(() => ({
    losses: Array.from(loss(labels, logits).dataSync()),
    gradient: Array.from(tf.grad((z) => loss(labels, z))(logits, upstream).dataSync()),
    within: Array.from(metrics.accuracyWithin(1)(labels, logits).dataSync()),
  }));
  return { ...values, left: tf.memory().numTensors - before };
});
const cpu = results();
tf.registerBackend('elsewhere', () => tf.findBackend('cpu'));
tf.copyRegisteredKernels('cpu', 'elsewhere');
tf.setBackend('elsewhere');
console.log(JSON.stringify({ version: tf.version_core, backend: tf.getBackend(), results: [...cpu, ...results()] }));
`;

test('losses and gradients are those of the call with arrays, by kernels and as an expression, and no tensor is left', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', PROGRAM], {
    cwd: join(__dirname, '../../..'),
    encoding: 'utf8',
  });
  assert.match(stdout, /"version":"3\.0\.0"/, stderr);
  const { backend, results } = JSON.parse(stdout.trim().split('\n').pop() as string);
  const logits = Float32Array.from({ length: 15 }, (_, i) => Math.sin(i));
  const expected = emdLoss(logits, [0, 4, 2], {
    classes: 5,
    crossEntropyWeight: 1,
    reduction: 'none',
    upstream: Float32Array.of(1, 2, -1),
  });
  assert.is(backend, 'elsewhere');
  assert.is(results.length, 4);
  for (const { losses, gradient, within, left } of results) {
    near(losses, expected.losses as Float32Array, 2e-7, 'losses');
    near(gradient, expected.gradient as Float32Array, 2e-7, 'gradient');
    assert.is(within.length, 3);
    assert.is(left, 0);
  }
});

test.run();
