// The loss in TensorFlow.js, on its cpu and wasm backends.
// runner: wasm
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emdLoss as lossOfArrays, matrix, ordered } from '../../lib/index.js';
import { emdLoss, metrics } from '../../lib/tfjs.js';
import { throws } from '../support/errors.js';
import { near } from '../support/near.js';
import { checkKindsOfLabels } from '../support/tfjs-labels.js';
import { BACKENDS, CLASSES, classifier, oneHotOf, samples, useBackend } from '../support/tfjs-model.js';
import { type Anything, names, naming, show, wrongKinds, wrongNumbers } from '../support/wrong.js';

const test = suite('tfjs loss');

/** The loss as one would write it with the operators of tfjs. */
function pureLoss(labels: tf.Tensor, logits: tf.Tensor, lambda: number): tf.Tensor {
  const p = tf.softmax(logits);
  const difference = tf.cumsum(tf.sub(p, labels), logits.rank - 1); // with -1 the wasm backend of 4.22 writes out of bounds
  const emd = tf.sum(tf.square(difference), -1);
  const crossEntropy = tf.neg(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), -1));
  return tf.add(crossEntropy, tf.mul(emd, lambda));
}

for (const backend of BACKENDS) {
  test(`${backend}: 50 steps of training, each as with the pure expression`, async () => {
    await useBackend(backend);
    const { x, labels } = samples(64, 4);
    const inputs = tf.tensor2d(x, [64, 4]);
    const targets = oneHotOf(labels);
    const loss = emdLoss({ crossEntropyWeight: 1, emdWeight: 3, fromLogits: true });
    const train = (lossOf: (labels: tf.Tensor, logits: tf.Tensor) => tf.Tensor) => {
      const weights = tf.variable(tf.zeros([4, CLASSES]));
      const optimizer = tf.train.sgd(0.2);
      return Array.from({ length: 50 }, () => {
        const value = optimizer.minimize(() => tf.mean(lossOf(targets, tf.matMul(inputs, weights))) as tf.Scalar, true);
        return (value as tf.Scalar).dataSync()[0];
      });
    };
    const actual = train(loss);
    near(
      actual,
      train((a, b) => pureLoss(a, b, 3)),
      1e-5,
      'loss of step',
    );
    assert.ok(actual[49] < actual[0] * 0.8, 'it learns');
    tf.disposeVariables();
    tf.dispose([inputs, targets]);
  });

  test(`${backend}: model.compile and model.fit by one argument, with class weights and validation`, async () => {
    await useBackend(backend);
    const { x, labels } = samples(60, 4);
    const inputs = tf.tensor2d(x, [60, 4]);
    const targets = oneHotOf(labels);
    const curves = [];
    for (const loss of [
      emdLoss({ crossEntropyWeight: 1, emdWeight: 3 }),
      (y: tf.Tensor, p: tf.Tensor) => pureLoss(y, tf.log(tf.maximum(p, 1e-30)), 3),
    ]) {
      const model = classifier(4, 'softmax');
      model.compile({
        loss,
        optimizer: tf.train.sgd(0.1),
        metrics: [metrics.accuracyWithin(1), metrics.rankedProbabilityScore()],
      });
      const { history } = await model.fit(inputs, targets, {
        epochs: 3,
        batchSize: 20,
        shuffle: false,
        validationSplit: 0.2,
        classWeight: { 0: 1, 1: 2, 2: 1, 3: 0.5, 4: 1 },
        verbose: 0,
      });
      curves.push([
        ...(history.loss as number[]),
        ...(history.val_loss as number[]),
        ...(history.accuracyWithin1 as number[]),
      ]);
      assert.ok((history.rankedProbabilityScore as number[])[2] > 0);
      model.dispose();
    }
    near(curves[0], curves[1], 1e-5, 'history');
    tf.dispose([inputs, targets]);
  });

  test(`${backend}: labels of every kind, leading dimensions, options: the numbers of the call with arrays`, async () => {
    await useBackend(backend);
    checkKindsOfLabels(1e-6);
  });

  test(`${backend}: reductions give a scalar and its gradient`, async () => {
    await useBackend(backend);
    const logits = Float32Array.from({ length: 3 * CLASSES }, (_, i) => Math.sin(i));
    const labels = Int32Array.of(0, 4, 2);
    for (const reduction of ['mean', 'sum'] as const) {
      const loss = emdLoss({ fromLogits: true, reduction, groundDistance: ordered() });
      const expected = lossOfArrays(logits, labels, { classes: CLASSES, reduction, upstream: 3 });
      const [input, targets] = [tf.tensor(logits, [3, CLASSES]), tf.tensor1d(labels, 'int32')];
      const value = loss(targets, input);
      assert.equal(value.shape, []);
      near(value.dataSync(), [expected.loss], 1e-6, reduction);
      const gradient = tf.grad((z) => tf.mul(loss(targets, z), 3))(input);
      near(gradient.dataSync(), expected.gradient as Float32Array, 1e-6, `${reduction}: gradient`);
    }
  });

  test(`${backend}: no tensor is left behind, whether inside of tidy or not, and whatever goes wrong`, async () => {
    await useBackend(backend);
    const { x, labels } = samples(16, 4);
    const inputs = tf.tensor2d(x, [16, 4]);
    const targets = tf.tensor1d(labels, 'int32');
    const wrong = tf.tensor1d(
      labels.map(() => CLASSES),
      'int32',
    );
    const weights = tf.variable(tf.randomNormal([4, CLASSES], 0, 1, 'float32', 3));
    const loss = emdLoss({ crossEntropyWeight: 1, fromLogits: true });
    const optimizer = tf.train.sgd(0.01);
    const step = () => optimizer.minimize(() => tf.mean(loss(targets, tf.matMul(inputs, weights))) as tf.Scalar);
    step();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 1000; i++) step();
    assert.is(tf.memory().numTensors, before, 'steps');
    const logits = tf.tidy(() => tf.matMul(inputs, weights));
    tf.dispose(loss(targets, logits));
    throws(() => loss(wrong, logits), RangeError, /^labels\[0\]: expected a class index in 0..4, received 5/);
    logits.dispose();
    assert.is(tf.memory().numTensors, before, 'calls');
    tf.dispose([inputs, targets, wrong, weights]);
  });
}

test('what is nearly one-hot is a distribution, or none', async () => {
  await useBackend('cpu');
  const logits = Float32Array.from({ length: 3 * CLASSES }, (_, i) => Math.cos(i));
  const rows: [string, number[]][] = [
    ['one-hot', [0, 0, 0, 1, 0]],
    ['smoothed', [0.025, 0.025, 0.9, 0.025, 0.025]],
    ['two halves', [0.5, 0, 0, 0, 0.5]],
    ['-0 beside 1', [-0, 0, 1, 0, 0]],
    ['two ones', [1, 0, 0, 1, 0]],
    ['nothing', [0, 0, 0, 0, 0]],
    ['1 and more', [1, 0, 0, 0, 1e-40]],
  ];
  for (const [what, row] of rows) {
    const targets = Float32Array.from([...[1, 0, 0, 0, 0], ...row, ...[0, 0, 0, 0, 1]]);
    const expected = lossOfArrays(logits, targets, { classes: CLASSES, reduction: 'none' }).losses as Float32Array;
    const value = emdLoss({ fromLogits: true })(tf.tensor(targets, [3, CLASSES]), tf.tensor(logits, [3, CLASSES]));
    const actual = value.dataSync();
    expected.forEach((loss, i) => {
      assert.ok(Number.isNaN(loss) ? Number.isNaN(actual[i]) : Math.abs(actual[i] - loss) < 1e-6, `${what}, row ${i}`);
    });
  }
});

for (const weight of [1, 1e6]) {
  test(`a row whose label has probability 0 keeps a finite gradient, weights of ${weight} too`, async () => {
    await useBackend('cpu');
    const p = tf.tensor2d([0, 1, 0, 0.2, 0.3, 0.5], [2, 3]);
    const labels = tf.tensor1d([0, 1], 'int32');
    const smooth = tf.tensor2d([0.5, 0.5, 0, 0, 1, 0], [2, 3]);
    for (const targets of [labels, smooth]) {
      const loss = emdLoss({ crossEntropyWeight: weight, emdWeight: 1, classWeights: Float32Array.of(weight, 1, 1) });
      const gradient = tf
        .grad((z) => loss(targets, z))(p)
        .dataSync();
      assert.ok(gradient.every(Number.isFinite), `${gradient}`);
      const emdAlone = emdLoss({ classWeights: Float32Array.of(weight, 1, 1) });
      const expected = tf
        .grad((z) => emdAlone(targets, z))(p)
        .dataSync();
      assert.is(gradient[0], expected[0], 'the logarithm is a constant there');
    }
  });
}

test('wrong arguments', async () => {
  await useBackend('cpu');
  const predictions = tf.zeros([2, 3]);
  const labels = tf.tensor1d([0, 1], 'int32');
  const options: [string, ReturnType<typeof wrongKinds>][] = [
    ['fromLogits', wrongKinds(1, 'yes', null)],
    ['reduction', names('mean')],
    ['groundDistance', wrongKinds('ordered', null)],
    ['emdWeight', wrongNumbers(-1, Number.NaN)],
    ['power', wrongNumbers(3)],
  ];
  for (const [name, wrongs] of options) {
    for (const { value, type } of wrongs) {
      throws(() => emdLoss({ [name]: value } as Anything), type, naming(name), `${name} ${show(value)}`);
    }
  }
  throws(() => emdLoss({ gradient: true } as Anything), TypeError, /^gradient: expected one of the options/);
  const tensors: [RegExp, () => unknown][] = [
    [/^predictions: expected a tensor, /, () => emdLoss()(labels, [1] as Anything)],
    [/^labels: expected a tensor, /, () => emdLoss()([1] as Anything, predictions)],
    [
      /^labels\[0\]: expected a class index in 0..2, received 4294967296/,
      () => emdLoss()(tf.tensor1d([2 ** 32, 0]), predictions),
    ],
    [/^classWeights\[2\]: expected/, () => emdLoss({ classWeights: Float32Array.of(1, 1, -1) })],
    [/^predictions: expected a tensor of float32/, () => emdLoss()(labels, tf.zeros([2, 3], 'int32'))],
    [/^predictions: expected the shape/, () => emdLoss()(labels, tf.zeros([2, 1]))],
    [/^labels: expected the shape \[2,3\]/, () => emdLoss()(tf.zeros([3]), predictions)],
    [/^labels: expected the shape/, () => emdLoss()(tf.zeros([3, 2]), predictions)],
    [/^labels\[1\]: expected a class index in 0..2, received 0.5/, () => emdLoss()(tf.tensor1d([0, 0.5]), predictions)],
    [
      /^groundDistance: expected one of 3 classes/,
      () => emdLoss({ groundDistance: matrix([0, 1, 1, 0]) })(labels, predictions),
    ],
  ];
  for (const [message, call] of tensors) {
    let error: unknown;
    try {
      call();
    } catch (caught) {
      error = caught;
    }
    assert.ok(error instanceof TypeError || error instanceof RangeError, `${message}`);
    assert.match((error as Error).message, message);
  }
});

test('without tfjs there is an error that says what to install', () => {
  const program = `
    const Module = require('node:module');
    const resolve = Module._resolveFilename;
    Module._resolveFilename = (name, ...rest) => {
      if (name.startsWith('@tensorflow/')) throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' });
      return resolve(name, ...rest);
    };
    const { emdLoss } = require('squared-emd/tfjs');
    try { emdLoss()(1, 2); } catch (error) { console.log(error.code, error.message); }`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], {
    cwd: join(__dirname, '../../..'),
    encoding: 'utf8',
  });
  assert.match(stdout, /^PEER_MISSING squared-emd\/tfjs needs @tensorflow\/tfjs-core: npm install /, stderr);
});

test.run();
