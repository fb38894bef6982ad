// The self-guided loss in model.fit of TensorFlow.js, on its cpu and wasm backends.
// runner: wasm
import * as tf from '@tensorflow/tfjs-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SelfGuidedEmd } from '../../lib/index.js';
import { type SelfGuidedTraining, selfGuided } from '../../lib/tfjs.js';
import { rejects, throws } from '../support/errors.js';
import { near } from '../support/near.js';
import { BACKENDS, CLASSES, classifier, oneHotOf, samples, useBackend } from '../support/tfjs-model.js';
import { type Anything, naming } from '../support/wrong.js';

const test = suite('tfjs self-guided');

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
  const training = selfGuided(model as Anything, { featureLayer: 'hidden', startEpoch: 2, history: 'all' });
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
  test(`${backend}: primed by tensors or by a dataset, the EMD is in the loss from the first step on`, async () => {
    await useBackend(backend);
    const { x, labels } = samples(50, 4);
    const inputs = tf.tensor2d(x, [50, 4]);
    const targets = oneHotOf(labels);
    const model = classifier(4, 'softmax');
    const hidden = model.getLayer('hidden').call(inputs, {}) as tf.Tensor;
    const twin = new SelfGuidedEmd({ classes: CLASSES, features: 8 });
    twin.observe(hidden.dataSync() as Float32Array, labels);
    twin.refresh();
    const part = (begin: number, count: number) => ({
      xs: tf.slice(inputs, begin, count),
      ys: tf.slice(targets, begin, count),
    });
    const dataset = {
      async forEachAsync(take: (batch: { xs: tf.Tensor; ys: tf.Tensor }) => void) {
        for (const batch of [part(0, 20), part(20, 30)]) {
          take(batch);
          tf.dispose(batch);
        }
      },
    };
    for (const prime of [
      (training: SelfGuidedTraining) => training.prime(inputs, targets, { batchSize: 13 }),
      (training: SelfGuidedTraining) => training.prime(inputs, targets, { batchSize: 50 }), // more than a model predicts at a time
      (training: SelfGuidedTraining) => training.prime(dataset),
    ]) {
      const training = selfGuided(model as Anything, { featureLayer: 'hidden' });
      const before = tf.memory().numTensors;
      await prime(training);
      assert.is(tf.memory().numTensors, before, 'nothing is left behind');
      near(training.guided.distances as Float32Array, twin.distances as Float32Array, 1e-5, 'distances');
      assert.is(training.guided.emdWeight, 3);
      await rejects(() => training.prime(inputs), TypeError, /^ys: expected a tensor of labels/);
      await rejects(() => training.prime(7 as Anything), TypeError, /^xs: expected a tensor or a tf.data dataset/);
      await rejects(() => training.prime(inputs, targets, { batchSize: 0 }), RangeError, /^batchSize: expected/);
      training.detach();
    }
    const training = selfGuided(model as Anything, { featureLayer: 'hidden' });
    await training.prime(inputs, targets);
    model.compile({ loss: training.loss, optimizer: tf.train.sgd(0.1) });
    await model.fit(inputs, targets, { epochs: 1, verbose: 0, callbacks: training.callback as Anything });
    assert.is(training.guided.epoch, 1);
    model.dispose();
    tf.dispose([inputs, targets, hidden]);
  });

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

test('wrong arguments of the self-guided loss', () => {
  const model = classifier(4, 'softmax') as Anything;
  throws(() => selfGuided(model, {} as Anything), TypeError, naming('featureLayer'));
  throws(
    () => selfGuided(model, { featureLayer: 'hidden', fromLogits: 1 as Anything }),
    TypeError,
    naming('fromLogits'),
  );
  throws(() => selfGuided(model, { featureLayer: 'hidden', preset: 'matrix', ratio: -1 }), RangeError, naming('ratio'));
});

test.run();
