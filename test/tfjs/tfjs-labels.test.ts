// Labels that are padding, do not add up to 1, or are no distributions, in the losses for TensorFlow.js.
import * as tf from '@tensorflow/tfjs-core';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emdLoss as lossOfArrays } from '../../lib/index.js';
import { emdLoss, metrics, selfGuided, type TfjsEmdOptions, type TfjsLoss } from '../../lib/tfjs.js';
import { Random } from '../../shared/oracle/random.js';
import { sameBits } from '../support/bits.js';
import { throws } from '../support/errors.js';
import { near } from '../support/near.js';
import { seed } from '../support/scale.js';
import { BACKENDS, CLASSES, classifier, oneHotOf, samples, useBackend } from '../support/tfjs-model.js';

const test = suite('tfjs labels');

const ROWS = 12;
const MIX: TfjsEmdOptions = { fromLogits: true, crossEntropyWeight: 1, emdWeight: 3 };
const logits = () => {
  const random = new Random(seed);
  return tf.tensor2d(
    random.floats(ROWS * CLASSES, () => random.normal()),
    [ROWS, CLASSES],
  );
};
const indices = Int32Array.from({ length: ROWS }, (_, row) => (row % 3 === 1 ? -1 : row % CLASSES));

const lossesOf = (loss: TfjsLoss, labels: tf.Tensor, z: tf.Tensor) => loss(labels, z).dataSync() as Float32Array;
const gradientOf = (loss: TfjsLoss, labels: tf.Tensor, z: tf.Tensor) =>
  tf
    .grad((own) => tf.sum(loss(labels, own)))(z)
    .dataSync() as Float32Array;

for (const backend of BACKENDS) {
  test(`${backend}: padding, rows of zeros of one-hot labels, does not count, as ignored class indices do not, bit for bit`, async () => {
    await useBackend(backend);
    const z = logits();
    const byIndex = tf.tensor1d(indices, 'int32');
    const oneHot = tf.cast(tf.oneHot(byIndex, CLASSES), 'float32');
    const counts = tf.mul(
      oneHot,
      tf.tensor2d(
        Float32Array.from({ length: ROWS }, (_, row) => row * 0.996 + 1),
        [ROWS, 1],
      ),
    );
    const inverse = tf.oneHot(byIndex, CLASSES, 3, 0);
    for (const reduction of ['none', 'mean', 'sum'] as const) {
      const indexed = emdLoss({ ...MIX, reduction, ignoreIndex: -1 } as TfjsEmdOptions);
      const expected = [lossesOf(indexed, byIndex, z), gradientOf(indexed, byIndex, z)];
      for (const labels of [oneHot, counts, inverse]) {
        // The index of labels of the predictions' shape is without effect, also where it is a class.
        for (const ignoreIndex of [undefined, -1, 2]) {
          const loss = emdLoss({
            ...MIX,
            reduction,
            ...(ignoreIndex !== undefined && { ignoreIndex }),
          } as TfjsEmdOptions);
          sameBits(lossesOf(loss, labels, z), expected[0], `${reduction}, ignoreIndex ${ignoreIndex}`);
          sameBits(gradientOf(loss, labels, z), expected[1], `${reduction}, gradient, ignoreIndex ${ignoreIndex}`);
        }
      }
      if (reduction === 'mean') continue;
      indices.forEach((label, row) => {
        const slopes = expected[1].subarray(row * CLASSES, (row + 1) * CLASSES);
        const silent = slopes.every((slope) => slope === 0) && (reduction === 'sum' || expected[0][row] === 0);
        assert.is(silent, label < 0, `${reduction}, row ${row}`);
      });
    }
  });

  test(`${backend}: labels that do not add up to 1 are divided by their sum`, async () => {
    await useBackend(backend);
    const z = logits();
    const random = new Random(seed);
    const votes = Float32Array.from({ length: ROWS * CLASSES }, () => random.index(4));
    votes.fill(0, CLASSES, 2 * CLASSES);
    const sums = Array.from({ length: ROWS }, (_, row) =>
      votes.subarray(row * CLASSES, (row + 1) * CLASSES).reduce((a, b) => a + b, 0),
    );
    const shares = votes.map((count, i) => count / (sums[Math.floor(i / CLASSES)] || 1));
    const expected = lossOfArrays(z.dataSync() as Float32Array, shares, {
      classes: CLASSES,
      crossEntropyWeight: 1,
      emdWeight: 3,
      reduction: 'none',
    });
    for (const dtype of ['float32', 'int32'] as const) {
      const labels = tf.tensor2d(votes, [ROWS, CLASSES], dtype);
      near(lossesOf(emdLoss(MIX), labels, z), expected.losses as Float32Array, 2e-6, dtype);
      near(gradientOf(emdLoss(MIX), labels, z), expected.gradient as Float32Array, 2e-6, dtype);
    }
  });

  test(`${backend}: a batch with padding in model.fit leaves the model finite, and trains as without it`, async () => {
    await useBackend(backend);
    const { x, labels } = samples(30, 4);
    const padding = tf.zeros([30, CLASSES]);
    const [inputs, targets] = [tf.tensor2d(x, [30, 4]), oneHotOf(labels)];
    const weights: Float32Array[] = [];
    const shares: number[][] = [];
    for (const padded of [false, true]) {
      for (const guides of [false, true]) {
        const model = classifier(4, 'softmax');
        const guided = guides ? selfGuided(model, { featureLayer: 'hidden', startEpoch: 2 }) : undefined;
        // Of a loss per sample tfjs takes the mean over all of them, so that the rate makes up for those that do not count.
        const optimizer = tf.train.sgd(padded ? 0.2 : 0.1);
        model.compile({
          loss: guided?.loss ?? emdLoss({ crossEntropyWeight: 1 }),
          optimizer,
          metrics: [metrics.accuracyWithin(0)],
        });
        const { history } = await model.fit(
          padded ? tf.concat([inputs, inputs]) : inputs,
          padded ? tf.concat([targets, padding]) : targets,
          { epochs: 4, batchSize: 60, shuffle: false, verbose: 0, callbacks: guided?.callback },
        );
        weights.push(Float32Array.from(model.getWeights().flatMap((weight) => Array.from(weight.dataSync()))));
        shares.push(history.accuracyWithin0 as number[]);
        if (guided) assert.equal(Array.from(guided.guided.toState().centroids.counts ?? []), Array(CLASSES).fill(0));
      }
    }
    for (const [i, name] of ['emdLoss', 'selfGuided'].entries()) {
      near(weights[i + 2], weights[i], 1e-5, name);
      near(shares[i + 2], shares[i], 1e-6, `${name}: accuracy`);
    }
  });

  test(`${backend}: what is no distribution is refused by its row and entry, and nothing is left behind`, async () => {
    await useBackend(backend);
    const z = logits();
    const targets = oneHotOf(indices);
    const guided = selfGuided(classifier(4, 'linear'), { featureLayer: 'hidden', fromLogits: true });
    const losses: Record<string, TfjsLoss> = {
      emdLoss: emdLoss(MIX),
      'emdLoss, a scalar': emdLoss({ ...MIX, reduction: 'mean' }),
      'emdLoss, from probabilities': emdLoss({ crossEntropyWeight: 1 }),
      selfGuided: guided.loss,
    };
    const rows: [string, number[], number][] = [
      ['a negative entry', [1, 0, 0, -0.25, 0], 3],
      ['a negative entry alone', [-1, 0, 0, 0, 0], 0],
      ['NaN', [0, Number.NaN, 0, 0, 1], 1],
      ['Infinity', [0, 0, Infinity, 0, 0], 2],
      ['-Infinity', [0, 0, 0.5, 0.5, -Infinity], 4],
    ];
    const before = tf.memory().numTensors;
    for (const [name, loss] of Object.entries(losses)) {
      const predictions = name.endsWith('probabilities') ? tf.softmax(z) : z;
      for (const [what, row, entry] of rows) {
        for (const at of [0, 7, ROWS - 1]) {
          const values = Float32Array.from(targets.dataSync());
          values.set(row, at * CLASSES);
          const labels = tf.tensor2d(values, [ROWS, CLASSES]);
          const message = new RegExp(
            `^labels\\[${at}\\]\\[${entry}\\]: expected a finite number .*, received ${row[entry]}`,
          );
          throws(() => loss(labels, predictions), RangeError, message, `${name}, ${what}`);
          throws(
            () => tf.grad((own) => tf.sum(loss(labels, own)))(predictions),
            RangeError,
            message,
            `${name}, ${what}`,
          );
          labels.dispose();
        }
      }
      if (predictions !== z) predictions.dispose();
    }
    throws(
      () => emdLoss(MIX)(tf.tensor2d([1, 0, -3, 1], [2, 2], 'int32'), tf.zeros([2, 2])),
      RangeError,
      /^labels\[1\]\[0\]: expected a finite number that is not negative, received -3/,
    );
    assert.is(tf.memory().numTensors, before + 2);
  });

  test(`${backend}: from probabilities no slope becomes infinite, whatever the weights of samples and classes`, async () => {
    await useBackend(backend);
    const p = tf.tensor2d([0, 1, 0, 0, 0, 2e-38, 0.5, 0.5, 0, 0, 1e-39, 0.5, 0.5, 0, 0], [3, CLASSES]);
    const z = tf.tensor2d([-120, 0, -120, -9, -9, -87, 0, 0, -9, -9, -89, 0, 0, -9, -9], [3, CLASSES]);
    const labels = tf.tensor1d([0, 0, 0], 'int32');
    const factors = tf.tensor1d([5, 5, 1e6]);
    const model = classifier(4, 'softmax');
    for (const weight of [1, 50]) {
      const classWeights = Float32Array.of(weight, 1, 1, 1, 1);
      const guided = selfGuided(model, { featureLayer: 'hidden', classWeights }).loss;
      const losses: Record<string, TfjsLoss> = {
        emdLoss: emdLoss({ crossEntropyWeight: 1, classWeights }),
        selfGuided: (y, predictions) => {
          model.apply(tf.ones([3, 4]), { training: true }); // some features
          return guided(y, predictions);
        },
      };
      for (const [name, loss] of Object.entries(losses)) {
        const weighted = (own: tf.Tensor) => tf.sum(tf.mul(loss(labels, own), factors));
        const slopes = tf.grad(weighted)(p).dataSync();
        assert.ok(slopes.every(Number.isFinite), `${name}: ${slopes}`);
        const through = tf
          .grad((own) => weighted(tf.softmax(own)))(z)
          .dataSync();
        assert.ok(through.every(Number.isFinite), `${name}, behind a softmax: ${through}`);
      }
    }
  });
}

test.run();
