// The loss in TensorFlow.js on backends that kernels cannot read: an expression, against the float64 reference.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { matrix, ordered } from '../../lib/index.js';
import { emdLoss, metrics, selfGuided, type TfjsEmdOptions } from '../../lib/tfjs.js';
import { oracle } from '../../shared/oracle/oracle.js';
import { problemOf } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { callOf, compare, pairwiseProblems, tfjsOptionsOf } from '../support/check-tfjs.js';
import { throws } from '../support/errors.js';
import { near } from '../support/near.js';
import { scaled, seed } from '../support/scale.js';
import { answer } from '../support/tfjs-call.js';
import { ELSEWHERE, useElsewhere } from '../support/tfjs-elsewhere.js';
import { checkKindsOfLabels } from '../support/tfjs-labels.js';
import { CLASSES, classifier, oneHotOf, samples, useBackend } from '../support/tfjs-model.js';
import { warningsOf } from '../support/warnings.js';
import type { Anything } from '../support/wrong.js';

const test = suite('tfjs expression');

test('options combined pairwise under every ground distance agree with the reference, without a readback', async () => {
  const reads = await useElsewhere();
  for (const [problem, what] of pairwiseProblems(scaled([7, 70], [2, 7, 33, 65, 130]))) {
    compare(problem, await answer(tf, emdLoss(tfjsOptionsOf(problem)), reads, callOf(problem)), what);
  }
});

test('thousands of classes: sums along rows are those of blocks, and of blocks of blocks', async () => {
  const reads = await useElsewhere();
  const random = new Random(seed);
  for (const classes of [65, 96, 2049, 5000]) {
    for (const ground of [{ kind: 'ordered' } as const, { kind: 'circular' } as const]) {
      const rows = [0, 1].map(() => random.floats(classes, () => 3 * random.normal()));
      const problem = problemOf(rows, [classes - 1, 3], { ground, crossEntropyWeight: 1 });
      compare(
        problem,
        await answer(tf, emdLoss(tfjsOptionsOf(problem)), reads, callOf(problem)),
        `${classes} ${ground.kind}`,
      );
    }
  }
});

test('labels of every kind, leading dimensions, options: the numbers of the call with arrays', async () => {
  await useElsewhere();
  checkKindsOfLabels(2e-6);
});

test('a row whose label is no class, or whose distribution is none, is NaN, and no other', async () => {
  await useElsewhere();
  const [nan, inf] = [Number.NaN, Infinity];
  const int32 = (values: number[]) => tf.tensor1d(values, 'int32');
  // Labels, options, rows that become NaN, rows that do not count.
  const cases: [tf.Tensor, TfjsEmdOptions, number[], number[]][] = [
    [int32([0, 3, -1, 2]), {}, [1, 2], []],
    [int32([0, 3, -1, 2]), { ignoreIndex: -1 }, [1], [2]],
    [int32([0, 3, -1, 2]), { ignoreIndex: 3 }, [2], [1]],
    [int32([0, 3, 4, 2]), { ignoreIndex: 2 ** 32 }, [1, 2], []],
    [tf.tensor1d([0, 0.5, nan, 2]), {}, [1, 2], []],
    [tf.tensor1d([inf, -inf, 2.5, 2]), { ignoreIndex: 3 }, [0, 1, 2], []],
    [tf.tensor1d([0, 3, 1e30, 2]), { ignoreIndex: 3 }, [2], [1]],
    [tf.tensor2d([1, 0, 0, 0, 0, 0, 0.5, nan, 0.5, 2, 1, 1], [4, 3]), {}, [2], [1]],
    [tf.tensor2d([1, -1, 1, 0, inf, 0, 0.5, 0, 0.5, 2, 1, 1], [4, 3]), { classWeights: [1, 2, 3] }, [0, 1], []],
  ];
  const logits = tf.tensor2d([1, 2, 3, 3, 2, 1, 0, 1, 0, 2, 2, 1], [4, 3]);
  for (const [i, [labels, options, invalid, ignored]] of cases.entries()) {
    for (const parts of [{}, { crossEntropyWeight: 1 }, { crossEntropyWeight: 1, emdWeight: 0 }]) {
      const loss = emdLoss({ ...options, ...parts, fromLogits: true });
      const { value, grad } = tf.valueAndGrad((z) => loss(labels, z))(logits);
      const losses = value.dataSync();
      const gradient = grad.dataSync();
      for (let row = 0; row < 4; row++) {
        const slopes = gradient.slice(3 * row, 3 * row + 3);
        const what = `case ${i}, row ${row}: ${losses[row]}, ${slopes}`;
        assert.is(Number.isNaN(losses[row]), invalid.includes(row), what);
        assert.ok(slopes.every(invalid.includes(row) ? Number.isNaN : Number.isFinite), what);
        assert.is(losses[row] === 0 && slopes.every((g) => g === 0), ignored.includes(row), what);
      }
    }
  }
});

test('rows with NaN or Infinity among the logits are NaN, masked classes are fine', async () => {
  await useElsewhere();
  const [nan, inf] = [Number.NaN, Infinity];
  const logits = tf.tensor2d([1, 2, 3, nan, 0, 1, inf, 1, 2, -inf, 1, 2, -inf, -inf, -inf], [5, 3]);
  const labels = tf.tensor1d([0, 0, 0, 1, 1], 'int32');
  for (const parts of [{}, { crossEntropyWeight: 1 }, { crossEntropyWeight: 1, emdWeight: 0 }]) {
    const loss = emdLoss({ ...parts, fromLogits: true });
    const { value, grad } = tf.valueAndGrad((z) => loss(labels, z))(logits);
    const expected = [false, true, true, false, true];
    assert.equal(Array.from(value.dataSync(), Number.isNaN), expected);
    assert.equal(
      Array.from(grad.dataSync(), Number.isNaN),
      expected.flatMap((row) => [row, row, row]),
    );
  }
});

test('confident rows: small gradients are right in their leading digits', async () => {
  const reads = await useElsewhere();
  for (const margin of [10, 20, 40]) {
    for (const ground of [{ kind: 'ordered' } as const, { kind: 'circular' } as const]) {
      const rows = [2, 0, 6].map((label) =>
        Float32Array.from({ length: 7 }, (_, i) => Math.sin(i) + (i === label ? margin : 0)),
      );
      const problem = problemOf(rows, [2, 0, 6], { ground, crossEntropyWeight: 1 });
      const { gradient } = await answer(tf, emdLoss(tfjsOptionsOf(problem)), reads, callOf(problem));
      oracle(problem).gradient.forEach((g, i) => {
        assert.ok(Math.abs(gradient[i] - g) <= 1e-5 * Math.abs(g), `margin ${margin}: ${gradient[i]} is not ${g}`);
      });
    }
  }
});

test('no rows: a loss of 0, and empty tensors', async () => {
  await useElsewhere();
  for (const reduction of ['none', 'mean', 'sum'] as const) {
    const loss = emdLoss({ reduction: reduction as 'mean', fromLogits: true });
    const logits = tf.zeros([2, 0, 3]);
    const labels = tf.zeros([2, 0], 'int32');
    const value = loss(labels, logits) as tf.Tensor;
    assert.equal(value.shape, reduction === 'none' ? [2, 0] : []);
    assert.equal(Array.from(value.dataSync()), reduction === 'none' ? [] : [0]);
    assert.equal(tf.grad((z) => loss(labels, z))(logits).shape, [2, 0, 3]);
  }
});

test('2000 steps of training read nothing back and leave no tensor behind', async () => {
  const reads = await useElsewhere();
  const { x, labels } = samples(16, 4);
  const inputs = tf.tensor2d(x, [16, 4]);
  const targets = tf.tensor1d(labels, 'int32');
  const weights = tf.variable(tf.randomNormal([4, CLASSES], 0, 1, 'float32', 3));
  const loss = emdLoss({ crossEntropyWeight: 1, fromLogits: true, classWeights: [1, 2, 1, 1, 1], ignoreIndex: -1 });
  const optimizer = tf.train.sgd(0.01);
  const step = () => optimizer.minimize(() => tf.mean(loss(targets, tf.matMul(inputs, weights))) as tf.Scalar);
  step();
  const before = tf.memory().numTensors;
  for (let i = 0; i < 2000; i++) step();
  assert.is(reads(), 0);
  assert.is(tf.memory().numTensors, before);
  // Outside of a tape and of tidy there is the result alone.
  const logits = tf.tidy(() => tf.matMul(inputs, weights));
  tf.dispose(loss(targets, logits));
  throws(() => loss(tf.tidy(() => tf.zeros([3])) as tf.Tensor, logits), RangeError, /^labels: expected the shape/);
  logits.dispose();
  assert.is(tf.memory().numTensors, before + 1, 'the labels that were refused');
  tf.dispose([inputs, targets, weights]);
});

test('batches of many sizes leave nothing behind, whatever the reduction', async () => {
  await useElsewhere();
  for (const reduction of ['none', 'mean', 'sum'] as const) {
    const loss = emdLoss({ reduction: reduction as 'mean', fromLogits: true });
    const step = (rows: number) =>
      tf.tidy(() => void tf.grad((z) => loss(tf.zeros([rows], 'int32'), z))(tf.zeros([rows, 3])));
    step(1);
    const before = tf.memory().numTensors;
    for (let rows = 2; rows < 20; rows++) step(rows);
    assert.is(tf.memory().numTensors, before, reduction);
  }
});

test('model.compile and model.fit: the history of the cpu backend, metrics and class weights too', async () => {
  const { x, labels } = samples(60, 4);
  const curves = [];
  for (const use of [() => useBackend('cpu'), useElsewhere]) {
    await use();
    const [inputs, targets] = [tf.tensor2d(x, [60, 4]), oneHotOf(labels)];
    const model = classifier(4, 'softmax');
    model.compile({
      loss: emdLoss({ crossEntropyWeight: 1, emdWeight: 3 }),
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
    curves.push(['loss', 'val_loss', 'accuracyWithin1', 'rankedProbabilityScore'].flatMap((key) => history[key]));
    model.dispose();
    tf.dispose([inputs, targets]);
  }
  near(curves[1] as number[], curves[0] as number[], 1e-5, 'history');
});

test('selfGuided learns its distances there, too', async () => {
  const { x, labels } = samples(60, 4);
  const learned = [];
  for (const use of [() => useBackend('cpu'), useElsewhere]) {
    await use();
    const [inputs, targets] = [tf.tensor2d(x, [60, 4]), oneHotOf(labels)];
    const model = classifier(4, 'softmax');
    const training = selfGuided(model as Anything, { featureLayer: 'hidden' });
    model.compile({ loss: training.loss, optimizer: tf.train.sgd(0.1) });
    await model.fit(inputs, targets, {
      epochs: 3,
      batchSize: 20,
      shuffle: false,
      verbose: 0,
      callbacks: training.callback as Anything,
    });
    learned.push(training.guided.distances as Float32Array);
    model.dispose();
    tf.dispose([inputs, targets]);
  }
  near(learned[1], learned[0], 1e-5, 'distances');
});

test('predictions are not read for warnings', async () => {
  await useElsewhere();
  const warnings = await warningsOf(() => {
    tf.tidy(() => emdLoss()(tf.tensor1d([0, 1], 'int32'), tf.tensor2d([3, 4, 5, 6, 7, 8], [2, 3])));
  });
  assert.equal(warnings, []);
});

test('one loss on several backends has constants on each', async () => {
  const loss = emdLoss({ fromLogits: true, groundDistance: ordered([1, 2]), classWeights: [1, 2, 3] });
  const valueOn = async (use: () => Promise<unknown>) => {
    await use();
    return tf.tidy(() => loss(tf.tensor1d([0, 1], 'int32'), tf.tensor2d([3, 4, 5, 6, 7, 8], [2, 3])).dataSync());
  };
  const expected = await valueOn(() => useBackend('cpu'));
  near(await valueOn(useElsewhere), expected, 1e-6, 'losses');
  await tf.setBackend('cpu');
  tf.removeBackend(ELSEWHERE);
  near(await valueOn(useElsewhere), expected, 1e-6, 'losses on a backend made anew');
});

test('tensors that do not fit are refused as elsewhere', async () => {
  await useElsewhere();
  const predictions = tf.zeros([2, 3]);
  const labels = tf.tensor1d([0, 1], 'int32');
  const of4 = matrix([0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0]);
  throws(() => emdLoss()(labels, tf.zeros([2, 3], 'int32')), TypeError, /^predictions: expected a tensor of float32/);
  throws(
    () => emdLoss()(tf.zeros([2], 'bool'), predictions),
    TypeError,
    /^labels: expected a tensor of int32 or float32/,
  );
  throws(() => emdLoss()(tf.zeros([3, 2]), predictions), RangeError, /^labels: expected the shape/);
  throws(() => emdLoss({ groundDistance: of4 })(labels, predictions), RangeError, /^groundDistance: expected one of 3/);
  throws(
    () => emdLoss({ classWeights: [1, 2] })(labels, predictions),
    RangeError,
    /^classWeights: expected 3 elements/,
  );
});

const COLLECTED = `
const tf = require('@tensorflow/tfjs-core');
const { MathBackendCPU } = require('@tensorflow/tfjs-backend-cpu');
const { emdLoss } = require('squared-emd/tfjs');
tf.registerBackend('elsewhere', () => new MathBackendCPU());
tf.copyRegisteredKernels('cpu', 'elsewhere');
const use = () => tf.tidy(() => void emdLoss()(tf.tensor1d([0, 1], 'int32'), tf.tensor2d([1, 0, 0, 0, 1, 0], [2, 3])));
(async () => {
  await tf.setBackend('elsewhere');
  for (let i = 0; i < 50; i++) use();
  const kept = tf.memory().numTensors;
  for (let i = 0; i < 100 && tf.memory().numTensors > kept / 5; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  console.log(kept > 100, tf.memory().numTensors <= kept / 5);
})();`;

test('what a loss keeps on a backend goes with the loss', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '-e', COLLECTED], {
    cwd: join(__dirname, '../../..'),
    encoding: 'utf8',
  });
  assert.match(stdout, /true true/, stderr);
});

test.run();
