// The adapter to TensorFlow.js, on its cpu and wasm backends.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as layers from '@tensorflow/tfjs-layers';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { circular, type EmdOptions, emdLoss as lossOfArrays, matrix, ordered, SelfGuidedEmd } from '../lib/index.js';
import { emdLoss, metrics, type SelfGuidedTraining, selfGuided, type TfjsEmdOptions } from '../lib/tfjs.js';
import { rejects, throws } from './errors.js';
import { Random } from './random.js';
import { scaled, seed } from './scale.js';
import { type Anything, names, naming, show, wrongKinds, wrongNumbers } from './wrong.js';

const test = suite('tfjs');

const BACKENDS = ['cpu', 'wasm'] as const;
const CLASSES = 5;

const near = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string) => {
  assert.is(actual.length, expected.length, what);
  for (let i = 0; i < expected.length; i++) {
    const allowed = tolerance * Math.max(1, Math.abs(expected[i]));
    assert.ok(
      Math.abs(actual[i] - expected[i]) <= allowed,
      `${what}[${i}]: expected ${expected[i]}, received ${actual[i]}`,
    );
  }
};

async function useBackend(name: (typeof BACKENDS)[number]): Promise<void> {
  assert.ok(await tf.setBackend(name), name);
  assert.is(tf.getBackend(), name);
}

/** The loss as one would write it with the operators of tfjs. */
function pureLoss(labels: tf.Tensor, logits: tf.Tensor, lambda: number): tf.Tensor {
  const p = tf.softmax(logits);
  const difference = tf.cumsum(tf.sub(p, labels), logits.rank - 1); // with -1 the wasm backend of 4.22 writes out of bounds
  const emd = tf.sum(tf.square(difference), -1);
  const crossEntropy = tf.neg(tf.sum(tf.mul(labels, tf.logSoftmax(logits)), -1));
  return tf.add(crossEntropy, tf.mul(emd, lambda));
}

const oneHotOf = (labels: Int32Array) =>
  tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), CLASSES), 'float32'));

function samples(rows: number, features: number) {
  const random = new Random(seed);
  const x = random.floats(rows * features, () => random.normal());
  const labels = Int32Array.from({ length: rows }, (_, row) => {
    const score = x[row * features] + 0.3 * random.normal();
    return Math.min(CLASSES - 1, Math.max(0, Math.floor(score + CLASSES / 2)));
  });
  return { x, labels };
}

function classifier(features: number, activation: 'softmax' | 'linear'): layers.LayersModel {
  const model = layers.sequential();
  const initializer = (own: number) => layers.initializers.glorotUniform({ seed: own });
  model.add(
    layers.layers.dense({
      name: 'hidden',
      units: 8,
      inputShape: [features],
      activation: 'relu',
      kernelInitializer: initializer(1),
    }),
  );
  model.add(layers.layers.dense({ units: CLASSES, activation, kernelInitializer: initializer(2) }));
  return model;
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
    const random = new Random(seed);
    const logits = random.floats(24 * CLASSES, () => 2 * random.normal());
    const indices = Int32Array.from({ length: 24 }, () => random.index(CLASSES));
    const oneHot = Float32Array.from({ length: 24 * CLASSES }, (_, i) =>
      indices[Math.floor(i / CLASSES)] === i % CLASSES ? 1 : 0,
    );
    const shape = [2, 3, 4, CLASSES];
    const kinds: [string, tf.Tensor, Float32Array | Int32Array][] = [
      ['int32', tf.tensor(indices, [2, 3, 4], 'int32'), indices],
      ['int32, a dimension of 1', tf.tensor(indices, [2, 3, 4, 1], 'int32'), indices],
      ['float32 indices', tf.tensor(Float32Array.from(indices), [2, 3, 4]), indices],
      ['one-hot', tf.tensor(oneHot, shape), oneHot],
      ['one-hot int32', tf.tensor(oneHot, shape, 'int32'), oneHot],
      ['one-hot bool', tf.tensor(oneHot, shape, 'bool'), oneHot],
    ];
    const options: TfjsEmdOptions[] = [
      { fromLogits: true },
      { fromLogits: true, groundDistance: circular([1, 2, 1, 1, 3]), crossEntropyWeight: 1, emdWeight: 2 },
      { fromLogits: true, power: 1, normalization: 'mean', classWeights: Float32Array.of(1, 0, 2, 1, 0.5) },
    ];
    for (const [kind, labels, targets] of kinds) {
      for (const own of options) {
        const { fromLogits: _, ...rest } = own;
        const upstream = random.floats(24, () => random.normal());
        const expected = lossOfArrays(logits, targets, {
          ...rest,
          classes: CLASSES,
          reduction: 'none',
          upstream,
        } as EmdOptions);
        const input = tf.tensor(logits, shape);
        const factors = tf.tensor(upstream, [2, 3, 4]);
        const loss = emdLoss(own);
        const value = loss(labels, input);
        assert.equal(value.shape, [2, 3, 4], kind);
        near(value.dataSync(), expected.losses as Float32Array, 1e-6, `${kind}: losses`);
        const gradient = tf.grad((z) => tf.sum(tf.mul(loss(labels, z), factors)))(input);
        assert.equal(gradient.shape, shape, kind);
        near(gradient.dataSync(), expected.gradient as Float32Array, 1e-6, `${kind}: gradient`);
      }
    }
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
    for (let i = 0; i < scaled(200, 1000); i++) step();
    assert.is(tf.memory().numTensors, before, 'steps');
    const logits = tf.tidy(() => tf.matMul(inputs, weights));
    tf.dispose(loss(targets, logits));
    throws(() => loss(wrong, logits), RangeError, /^labels\[0\]: expected a class index in 0..4, received 5/);
    logits.dispose();
    assert.is(tf.memory().numTensors, before, 'calls');
    tf.dispose([inputs, targets, wrong, weights]);
  });
}

/** Trains as model.fit does, but with the loss itself and without tfjs's part in it. */
test('the self-guided loss in model.fit: features of each step, distances after each epoch, no second pass', async () => {
  await useBackend('cpu');
  const { x, labels } = samples(60, 4);
  const inputs = tf.tensor2d(x, [60, 4]);
  const targets = oneHotOf(labels);
  const model = classifier(4, 'softmax');
  const layer = model.getLayer('hidden');
  const original = layer.call;
  let steps = 0;
  layer.call = (...given) => {
    if (given[1].training === true) steps++;
    return original.apply(layer, given);
  };
  const training = selfGuided(model as Anything, { featureLayer: 'hidden', startEpoch: 2, offset: 0 });
  model.compile({ loss: training.loss, optimizer: tf.train.sgd(0.1) });
  const twin = new SelfGuidedEmd({ classes: CLASSES, features: 8, startEpoch: 2 });
  const check = {
    // What the model gives before an epoch's first step is what the loss sees in it.
    onEpochBegin: async () => {
      const hidden = original.call(layer, inputs, {}) as tf.Tensor;
      const p = model.predict(inputs) as tf.Tensor;
      twin.evaluate(tf.log(p).dataSync() as Float32Array, hidden.dataSync() as Float32Array, labels);
      twin.endEpoch();
      tf.dispose([hidden, p]);
    },
  };
  const { history } = await model.fit(inputs, targets, {
    epochs: 4,
    batchSize: 60,
    shuffle: false,
    verbose: 0,
    callbacks: [check, training.callback] as Anything,
  });
  assert.is(steps, 4, 'one pass for each epoch');
  assert.is(training.guided.epoch, 4);
  assert.is(training.guided.history.length, 4);
  near(training.guided.distances as Float32Array, twin.distances as Float32Array, 1e-6, 'distances');
  near([training.guided.emdWeight], [twin.emdWeight], 1e-4, 'lambda');
  assert.ok((history.loss as number[]).every(Number.isFinite));
  model.dispose();
  tf.dispose([inputs, targets]);
});

for (const backend of BACKENDS) {
  test(`${backend}: the self-guided loss: validation accumulates nothing, states go on, logits as probabilities`, async () => {
    await useBackend(backend);
    const { x, labels } = samples(48, 4);
    const inputs = tf.tensor2d(x, [48, 4]);
    const targets = oneHotOf(labels);
    const results: [string, number[], SelfGuidedTraining][] = [];
    const run = async (name: string, fromLogits: boolean, validate: boolean, interrupted: boolean) => {
      const model = classifier(4, fromLogits ? 'linear' : 'softmax');
      const options = { featureLayer: 'hidden', fromLogits };
      let training = selfGuided(model as Anything, { ...options, preset: 'xemd2', startEpoch: 2 });
      const losses: number[] = [];
      const fit = async (epochs: number) => {
        model.compile({ loss: training.loss, optimizer: tf.train.sgd(0.1) });
        const { history } = await model.fit(inputs, targets, {
          epochs,
          batchSize: 16,
          shuffle: false,
          verbose: 0,
          callbacks: [training.callback] as Anything,
          ...(validate && { validationData: [inputs, targets] as [tf.Tensor, tf.Tensor] }),
        });
        losses.push(...(history.loss as number[]));
      };
      if (interrupted) {
        await fit(2);
        const state = JSON.parse(JSON.stringify(training.state()));
        training.detach();
        training = selfGuided(model as Anything, { ...options, state });
        await fit(2);
      } else {
        await fit(4);
      }
      results.push([name, losses, training]);
      model.dispose();
    };
    await run('plain', false, false, false);
    await run('validated', false, true, false);
    await run('interrupted', false, false, true);
    await run('logits', true, false, false);
    const [[, expected, { guided }]] = results;
    for (const [name, losses, training] of results) {
      near(losses, expected, name === 'logits' ? 1e-4 : 1e-6, `${name}: loss`);
      near(
        training.guided.distances as Float32Array,
        guided.distances as Float32Array,
        name === 'logits' ? 0.3 : 0,
        name,
      );
    }
    tf.dispose([inputs, targets]);
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

test('the self-guided loss says when no features arrive, and takes none of another call', async () => {
  await useBackend('cpu');
  const { x, labels } = samples(20, 4);
  const inputs = tf.tensor2d(x, [20, 4]);
  const targets = oneHotOf(labels);
  const model = classifier(4, 'softmax');
  const training = selfGuided(model as Anything, { featureLayer: 'hidden' });
  const step = (call: () => tf.Tensor) => tf.variableGrads(() => tf.mean(training.loss(targets, call())) as tf.Scalar);
  throws(() => step(() => model.predict(inputs) as tf.Tensor), Error, /'hidden' gave no features in this step/);
  await rejects(() => training.callback.onEpochEnd(), Error, /an epoch ended without a step/);
  assert.is(training.guided.epoch, 0);
  step(() => model.apply(inputs, { training: true }) as tf.Tensor);
  await training.callback.onEpochEnd();
  assert.is(training.guided.epoch, 1);

  // What a training pass without a loss has left is not taken for the features of an evaluation.
  const before = JSON.stringify(training.state());
  model.apply(inputs, { training: true });
  tf.dispose(training.loss(targets, model.predict(inputs) as tf.Tensor));
  assert.is(JSON.stringify(training.state()), before);

  // A second one goes on when the first is detached.
  const second = selfGuided(model as Anything, { featureLayer: 'hidden', state: training.state() });
  training.detach();
  const again = tf.variableGrads(
    () => tf.mean(second.loss(targets, model.apply(inputs, { training: true }) as tf.Tensor)) as tf.Scalar,
  );
  assert.ok(Number.isFinite(again.value.dataSync()[0]));
  throws(
    () => step(() => model.apply(inputs, { training: true }) as tf.Tensor),
    Error,
    /'hidden' gave no features in this step/,
  );
});

test('the self-guided loss refuses states of other models and options that it does not have', async () => {
  const model = classifier(4, 'softmax') as Anything;
  const state = (options: object) =>
    new SelfGuidedEmd({ classes: CLASSES, features: 8, reduction: 'none', ...options }).toState();
  const cases: [RegExp, object][] = [
    [/^state.options.classes: expected 5/, { state: state({ classes: 4 }) }],
    [/^state.options.features: expected 8/, { state: state({ features: 3 }) }],
    [/^state.options.reduction: expected 'none'/, { state: state({ reduction: 'mean' }) }],
    [/^threads: expected one of the options featureLayer, fromLogits, state/, { state: state({}), threads: 1 }],
    [/^reduction: expected one of the options/, { reduction: 'mean' }],
    [/^device: expected one of the options/, { device: 0 }],
    [/^state: expected/, { state: null }],
  ];
  for (const [message, options] of cases) {
    let error: unknown;
    try {
      selfGuided(model, { featureLayer: 'hidden', ...options });
    } catch (caught) {
      error = caught;
    }
    assert.match((error as Error).message, message);
  }
  const smooth = tf.fill([2, CLASSES], 0.2);
  throws(
    () => selfGuided(model, { featureLayer: 'hidden' }).loss(smooth, smooth),
    TypeError,
    /^labels: expected one-hot rows or class indices/,
  );
  throws(() => selfGuided({} as Anything, { featureLayer: 'hidden' }), TypeError, /^model: expected a tf.LayersModel/);
});

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
    [/^ignoreIndex: expected undefined/, () => emdLoss({ ignoreIndex: 0 })(tf.oneHot(labels, 3), predictions)],
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
  const model = classifier(4, 'softmax') as Anything;
  throws(() => selfGuided(model, {} as Anything), TypeError, naming('featureLayer'));
  throws(
    () => selfGuided(model, { featureLayer: 'hidden', fromLogits: 1 as Anything }),
    TypeError,
    naming('fromLogits'),
  );
  throws(() => selfGuided(model, { featureLayer: 'hidden', ratio: -1 }), RangeError, naming('ratio'));
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
    cwd: join(__dirname, '../..'),
    encoding: 'utf8',
  });
  assert.match(stdout, /^PEER_MISSING squared-emd\/tfjs needs @tensorflow\/tfjs-core: npm install /, stderr);
});

test.run();
