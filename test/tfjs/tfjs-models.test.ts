// What model.fitDataset and model.save of TensorFlow.js make of the loss and the metrics.
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emdLoss, metrics, selfGuided } from '../../lib/tfjs.js';
import { rejects } from '../support/errors.js';
import { near } from '../support/near.js';
import { BACKENDS, classifier, oneHotOf, samples, useBackend } from '../support/tfjs-model.js';
import type { Anything } from '../support/wrong.js';

const test = suite('tfjs models');

const ROWS = 60;
const BATCH = 20;

/** What a tf.data.Dataset is for model.fitDataset: its batches, one after another. */
function dataset(labelsOf: (labels: Int32Array) => tf.Tensor): Anything {
  const { x, labels } = samples(ROWS, 4);
  return {
    iterator: async () => {
      let row = 0;
      return {
        next: async () => {
          if (row === ROWS) return { value: null, done: true };
          const [begin, end] = [row, row + BATCH];
          row = end;
          const xs = tf.tensor2d(x.subarray(begin * 4, end * 4), [BATCH, 4]);
          return { value: { xs, ys: labelsOf(labels.subarray(begin, end)) }, done: false };
        },
      };
    },
  };
}

const indices = (labels: Int32Array) => tf.tensor1d(labels, 'int32');
const column = (labels: Int32Array) => tf.tensor2d(labels, [labels.length, 1], 'int32');
const padded = (labels: Int32Array) => indices(labels.map((label, row) => (row % 2 ? label : -1)));
const paddedOneHot = (labels: Int32Array) => oneHotOf(labels.map((label, row) => (row % 2 ? label : -1)));

for (const backend of BACKENDS) {
  test(`${backend}: fitDataset takes class indices, the accuracy is accuracyWithin(0), class weights and padding count`, async () => {
    await useBackend(backend);
    const train = async (labelsOf: (labels: Int32Array) => tf.Tensor, ignoreIndex?: number, guides = false) => {
      const model = classifier(4, 'softmax');
      const own = ignoreIndex === undefined ? {} : { ignoreIndex };
      const guided = guides ? selfGuided(model, { featureLayer: 'hidden', startEpoch: 2, ...own }) : undefined;
      model.compile({
        optimizer: tf.train.sgd(0.1),
        loss: guided?.loss ?? emdLoss({ crossEntropyWeight: 1, emdWeight: 3, ...own }),
        metrics: [metrics.accuracyWithin(0, own), metrics.rankedProbabilityScore(own)],
      });
      const { history } = await model.fitDataset(dataset(labelsOf), {
        epochs: 3,
        verbose: 0,
        validationData: dataset(labelsOf),
        classWeight: { 0: 1, 1: 2, 2: 1, 3: 0.5, 4: 1, [-1]: 1 },
        callbacks: guided?.callback,
      });
      assert.is((history.val_accuracyWithin0 as number[]).length, 3);
      return Object.values(history).flat() as number[];
    };
    for (const guides of [false, true]) {
      const expected = await train(oneHotOf, undefined, guides);
      near(await train(indices, undefined, guides), expected, 1e-6, 'indices');
      near(await train(column, undefined, guides), expected, 1e-6, 'indices in a column');
    }
  });

  test(`${backend}: fitDataset with padding, as class indices and as rows of zeros`, async () => {
    await useBackend(backend);
    const train = async (labelsOf: (labels: Int32Array) => tf.Tensor, own: object) => {
      const model = classifier(4, 'softmax');
      model.compile({
        optimizer: tf.train.sgd(0.1),
        loss: emdLoss({ crossEntropyWeight: 1, emdWeight: 3, ...own }),
        metrics: [metrics.accuracyWithin(0, own), metrics.rankedProbabilityScore(own)],
      });
      const { history } = await model.fitDataset(dataset(labelsOf), { epochs: 3, verbose: 0 });
      return Object.values(history).flat() as number[];
    };
    near(await train(padded, { ignoreIndex: -1 }), await train(paddedOneHot, {}), 1e-6, 'history');
  });
}

/** Saves to memory. */
async function saved(model: layers.LayersModel): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  const keep = async (given: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> => {
    artifacts = given;
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  };
  await model.save({ save: keep }, { includeOptimizer: true });
  return artifacts as tf.io.ModelArtifacts;
}

test('a model saved with its optimizer goes on as one that was not, as the documentation says', async () => {
  await useBackend('cpu');
  const { x, labels } = samples(ROWS, 4);
  const [inputs, targets] = [tf.tensor2d(x, [ROWS, 4]), oneHotOf(labels)];
  const compile = (model: layers.LayersModel, optimizer: tf.Optimizer) =>
    model.compile({ optimizer, loss: emdLoss({ crossEntropyWeight: 1 }), metrics: [metrics.accuracyWithin(1)] });
  const fit = async (model: layers.LayersModel) =>
    (await model.fit(inputs, targets, { epochs: 3, verbose: 0, shuffle: false })).history.loss as number[];
  const model = classifier(4, 'softmax');
  compile(model, tf.train.adam(0.05));
  await fit(model);
  const artifacts = await saved(model);
  const expected = await fit(model);
  await rejects(
    () => layers.loadLayersModel({ load: async () => artifacts }),
    Error,
    /^Unknown metric accuracyWithin1/,
    'tfjs looks for the metrics by their names',
  );
  const known = { ...artifacts.trainingConfig, loss: 'categorical_crossentropy', metrics: [] } as tf.io.TrainingConfig;
  const loaded = await layers.loadLayersModel({ load: async () => ({ ...artifacts, trainingConfig: known }) });
  compile(loaded, loaded.optimizer);
  near(await fit(loaded), expected, 1e-6, 'loss');
});

test.run();
