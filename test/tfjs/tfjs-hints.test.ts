// What is wrong with a model's outputs, or with how a loss was given to it, is said.
import * as tf from '@tensorflow/tfjs-core';
import type * as layers from '@tensorflow/tfjs-layers';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emdLoss, metrics, selfGuided, type TfjsLoss } from '../../lib/tfjs.js';
import { Random } from '../../shared/oracle/random.js';
import { rejects, throws } from '../support/errors.js';
import { seed } from '../support/scale.js';
import { BACKENDS, CLASSES, classifier, oneHotOf, samples, useBackend } from '../support/tfjs-model.js';
import { warningsOf } from '../support/warnings.js';
import type { Anything } from '../support/wrong.js';

const test = suite('tfjs hints');

const ROWS = 40;
const labels = () =>
  tf.tensor1d(
    Int32Array.from({ length: ROWS }, (_, row) => row % CLASSES),
    'int32',
  );
const logits = () => {
  const random = new Random(seed);
  return tf.tensor2d(
    random.floats(ROWS * CLASSES, () => random.normal()),
    [ROWS, CLASSES],
  );
};

const NOT_PROBABILITIES =
  /^SQUARED_EMD_NOT_PROBABILITIES (\w+): row \d+ of the predictions .* fromLogits: true; .* softmax$/;
const NOT_LOGITS = /^SQUARED_EMD_NOT_LOGITS (\w+): .* fromLogits is true/;

/** Those functions of labels and predictions that need to know what predictions are. */
const TAKERS: Record<string, (fromLogits: boolean) => TfjsLoss> = {
  emdLoss: (fromLogits) => emdLoss({ fromLogits }),
  rankedProbabilityScore: (fromLogits) => metrics.rankedProbabilityScore({ fromLogits }),
  accuracyWithin1: (fromLogits) => metrics.accuracyWithin(1, { fromLogits, rule: 'median' }),
  meanAbsoluteClassError: (fromLogits) => metrics.meanAbsoluteError({ fromLogits, rule: 'mean' }),
  selfGuided: (fromLogits) => selfGuided(classifier(4, 'softmax'), { featureLayer: 'hidden', fromLogits }).loss,
};

for (const backend of BACKENDS) {
  for (const [name, make] of Object.entries(TAKERS)) {
    test(`${backend}: ${name} says, once, that predictions are not what fromLogits says`, async () => {
      await useBackend(backend);
      const z = logits();
      const outputs: [string, boolean, tf.Tensor, RegExp | undefined][] = [
        ['probabilities', false, tf.softmax(z), undefined],
        ['logits', false, z, NOT_PROBABILITIES],
        ['logits of zero', false, tf.zerosLike(z), NOT_PROBABILITIES],
        ['outputs of a sigmoid', false, tf.sigmoid(z), NOT_PROBABILITIES],
        ['logits, and said so', true, z, undefined],
        ['probabilities as logits', true, tf.softmax(z), NOT_LOGITS],
      ];
      for (const [what, fromLogits, predictions, expected] of outputs) {
        const call = make(fromLogits);
        const warnings = await warningsOf(() => {
          for (let i = 0; i < 5; i++) tf.dispose(call(labels(), predictions));
        });
        assert.is(warnings.length, expected ? 1 : 0, `${what}: ${warnings}`);
        if (expected) assert.is(warnings[0].match(expected)?.[1], name, warnings[0]);
      }
    });
  }
}

test('rows that are not finite are no reason to ask for a softmax', async () => {
  await useBackend('cpu');
  const warnings = await warningsOf(() => emdLoss()(labels(), tf.fill([ROWS, CLASSES], Number.NaN)));
  assert.equal(warnings, []);
});

test('what shows after the first batches is not looked for', async () => {
  await useBackend('cpu');
  const loss = emdLoss();
  const p = tf.softmax(logits());
  const warnings = await warningsOf(() => {
    for (let i = 0; i < 10; i++) loss(labels(), p);
    loss(labels(), logits());
  });
  assert.equal(warnings, []);
});

test('what makes a loss or metric, given to tfjs itself, says what to write', async () => {
  await useBackend('cpu');
  const { x, labels: y } = samples(20, 4);
  const fit = async (compiled: Anything) => {
    const model = classifier(4, 'softmax');
    model.compile({ optimizer: 'sgd', loss: emdLoss(), ...compiled });
    await model.fit(tf.tensor2d(x, [20, 4]), oneHotOf(y), { epochs: 1, verbose: 0 });
  };
  const cases: [object, RegExp][] = [
    [
      { loss: emdLoss },
      /^emdLoss: expected options, received a tensor: give tfjs what emdLoss\(\) returns, not emdLoss/,
    ],
    [{ metrics: [metrics.accuracyWithin] }, /^accuracyWithin: expected .* what accuracyWithin\(1\) returns/],
    [{ metrics: [metrics.meanAbsoluteError] }, /^meanAbsoluteError: expected .* what meanAbsoluteError\(\) returns/],
    [
      { metrics: metrics.rankedProbabilityScore },
      /^rankedProbabilityScore: expected .* rankedProbabilityScore\(\) returns/,
    ],
  ];
  for (const [compiled, message] of cases) await rejects(() => fit(compiled), TypeError, message);
  throws(() => emdLoss(labels() as Anything), TypeError, /^emdLoss: expected options, received a tensor/);
});

test('a model that is as it should be is trained without a word', async () => {
  await useBackend('cpu');
  const { x, labels: y } = samples(40, 4);
  for (const activation of ['softmax', 'linear'] as const) {
    const fromLogits = activation === 'linear';
    const model: layers.LayersModel = classifier(4, activation);
    model.compile({
      optimizer: 'sgd',
      loss: emdLoss({ fromLogits }),
      metrics: [metrics.accuracyWithin(0, { fromLogits }), metrics.rankedProbabilityScore({ fromLogits })],
    });
    const warnings = await warningsOf(() =>
      model.fit(tf.tensor2d(x, [40, 4]), oneHotOf(y), { epochs: 2, verbose: 0, validationSplit: 0.2 }),
    );
    assert.equal(warnings, [], activation);
  }
});

test.run();
