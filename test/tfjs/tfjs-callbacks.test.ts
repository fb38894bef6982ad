// The callback of the self-guided loss beside others in model.fit, and model.fit without it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { metrics, type SelfGuidedTfjsOptions, type SelfGuidedTraining, selfGuided } from '../../lib/tfjs.js';
import { CLASSES, classifier, oneHotOf, samples, useBackend } from '../support/tfjs-model.js';
import { warningsOf } from '../support/warnings.js';
import type { Anything } from '../support/wrong.js';

const test = suite('tfjs callbacks');

const EPOCHS = 6;
type Callbacks = layers.ModelFitArgs['callbacks'];

interface Run {
  training: SelfGuidedTraining;
  epochs: number;
  /** Trains for some epochs. */
  fit(epochs: number, callbacks: Callbacks): Promise<void>;
}

/** Trains with callbacks; the EMD begins with the third epoch. */
async function train(
  callbacksOf: (training: SelfGuidedTraining) => Callbacks,
  options: Partial<SelfGuidedTfjsOptions> = {},
  fits: number[] = [EPOCHS],
): Promise<Run> {
  await useBackend('cpu');
  const { x, labels } = samples(60, 4);
  const [inputs, targets] = [tf.tensor2d(x, [60, 4]), oneHotOf(labels)];
  const model = classifier(4, 'softmax');
  const training = selfGuided(model, { featureLayer: 'hidden', startEpoch: 2, ...options });
  model.compile({
    loss: training.loss,
    optimizer: tf.train.sgd(0.1),
    metrics: [metrics.accuracyWithin(0), metrics.rankedProbabilityScore()],
  });
  const run: Run = {
    training,
    epochs: 0,
    async fit(epochs, callbacks) {
      const { epoch } = await model.fit(inputs, targets, {
        epochs,
        shuffle: false,
        validationSplit: 0.2,
        verbose: 0,
        callbacks,
      });
      run.epochs += epoch.length;
    },
  };
  for (const epochs of fits) await run.fit(epochs, callbacksOf(training));
  return run;
}

const stopping = (monitor?: string) => layers.callbacks.earlyStopping({ monitor, patience: 1 });
const BY_SCORE = 'val_rankedProbabilityScore';

const WAYS: Record<string, (training: SelfGuidedTraining) => Callbacks> = {
  alone: ({ callback }) => callback,
  'the only one of an array': ({ callback }) => [callback],
  'behind an object of tfjs': ({ callback }) => [stopping(BY_SCORE), callback],
  'before an object of tfjs': ({ callback }) => [callback, stopping(BY_SCORE)],
  'behind plain methods': ({ callback }) => [{ onEpochBegin: async () => {} }, callback],
  'before plain methods': ({ callback }) => [{ onBatchEnd: async () => {} }, callback, {}],
  'made a callback of tfjs': ({ callback }) => [stopping(BY_SCORE), new layers.CustomCallback(callback)],
  'called by the method of another': ({ callback }) => ({
    onEpochEnd: (epoch, logs) => callback.onEpochEnd(epoch, logs),
  }),
};

for (const [way, callbacksOf] of Object.entries(WAYS)) {
  test(`the callback ${way}: every epoch counts, none stops the training, nothing is warned of`, async () => {
    let run: Run | undefined;
    const warnings = await warningsOf(async () => {
      run = await train(callbacksOf);
    });
    assert.is(run?.epochs, EPOCHS);
    assert.is(run?.training.guided.epoch, EPOCHS);
    assert.ok((run?.training.guided.emdWeight as number) > 0);
    assert.equal(warnings, []);
  });
}

test('early stopping by the validation loss ends with the epoch in which the EMD begins, by a metric it does not', async () => {
  const strong = { preset: 'matrix', emdWeight: 100, startEpoch: 3 } as const;
  const byLoss = await train(({ callback }) => [callback, stopping()], strong);
  assert.is(byLoss.epochs, 4);
  const byScore = await train(({ callback }) => [callback, stopping(BY_SCORE)], strong);
  assert.is(byScore.epochs, EPOCHS);
});

test('epochs of model.fit without the callback are warned of, once', async () => {
  const without: Record<string, [Callbacks, number[]]> = {
    'no callbacks': [undefined, [4]],
    'other callbacks': [[stopping(BY_SCORE)], [4]],
    'a call for each epoch': [undefined, [1, 1, 1]],
  };
  for (const [what, [callbacks, fits]] of Object.entries(without)) {
    const warnings = await warningsOf(() => train(() => callbacks, {}, fits));
    assert.is(warnings.length, 1, what);
    assert.match(warnings[0], /^SQUARED_EMD_NO_CALLBACK selfGuided: an epoch of model.fit .* callbacks: callback/);
  }
  const lost = await warningsOf(async () => {
    const run = await train(({ callback }) => callback, {}, [2]);
    await run.fit(3, undefined);
  });
  assert.is(lost.length, 1, 'given to the first call alone');
});

test('a training that was interrupted, and goes on with the callback, is no reason to warn', async () => {
  const warnings = await warningsOf(async () => {
    const run = await train(({ callback }) => callback, {}, [2]);
    const fail = { onBatchEnd: async () => Promise.reject(new Error('interrupted')) };
    await run.fit(1, [fail, run.training.callback]).then(
      () => assert.unreachable('it was interrupted'),
      () => {},
    );
    await run.fit(2, run.training.callback);
    assert.is(run.training.guided.epoch, 4);
  });
  assert.equal(warnings, []);
});

test('a loop of its own that ends no epoch is warned of, once, after many steps', async () => {
  await useBackend('cpu');
  const model = classifier(4, 'softmax');
  const training = selfGuided(model, { featureLayer: 'hidden' });
  const [inputs, targets] = [tf.ones([1, 4]), tf.tensor1d([CLASSES - 1], 'int32')];
  const step = () =>
    tf.dispose(
      tf.variableGrads(
        () => tf.mean(training.loss(targets, model.apply(inputs, { training: true }) as tf.Tensor)) as tf.Scalar,
      ) as Anything,
    );
  const few = await warningsOf(() => {
    for (let i = 0; i < 9_999; i++) step();
  });
  assert.equal(few, []);
  const many = await warningsOf(() => {
    for (let i = 0; i < 3; i++) step();
  });
  assert.is(many.length, 1);
  assert.match(many[0], /selfGuided: 10000 steps have gone by without its callback/);
});

test('where tfjs-layers is not found the callback has the methods all the same', () => {
  const program = `
    const Module = require('node:module');
    const load = Module._load;
    Module._load = (name, parent, ...rest) => {
      if (name === '@tensorflow/tfjs-layers' && parent.filename.endsWith('peer.js')) throw new Error('Cannot find module');
      return load(name, parent, ...rest);
    };
    const tf = require('@tensorflow/tfjs-core');
    require('@tensorflow/tfjs-backend-cpu');
    const { callbacks, layers, sequential } = require('@tensorflow/tfjs-layers');
    const { selfGuided } = require('squared-emd/tfjs');
    const model = sequential({ layers: [
      layers.dense({ name: 'features', units: 4, inputShape: [3] }),
      layers.dense({ units: 5, activation: 'softmax' }),
    ] });
    const { loss, callback, guided } = selfGuided(model, { featureLayer: 'features' });
    model.compile({ optimizer: 'sgd', loss });
    const y = tf.oneHot(tf.tensor1d([0, 1, 2, 3], 'int32'), 5);
    const fit = (given) => model.fit(tf.ones([4, 3]), y, { epochs: 2, verbose: 0, callbacks: given });
    fit(callback)
      .then(() => fit([callbacks.earlyStopping({ monitor: 'loss', patience: 9 }), callback]))
      .then(() => console.log('epochs', guided.epoch));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], {
    cwd: join(__dirname, '../../..'),
    encoding: 'utf8',
  });
  assert.match(stdout, /^epochs 4$/m, stderr);
});

test.run();
