// Where the self-guided loss finds its layer: models inside of models, as transfer learning has them.
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type SelfGuidedTfjsOptions, selfGuided } from '../../lib/tfjs.js';
import { sameBits } from '../support/bits.js';
import { throws } from '../support/errors.js';
import { CLASSES, oneHotOf, samples, useBackend } from '../support/tfjs-model.js';
import type { Anything } from '../support/wrong.js';

const test = suite('tfjs features');

const dense = (name: string, units: number, seed: number, more: object = {}) =>
  layers.layers.dense({
    name,
    units,
    activation: 'relu',
    kernelInitializer: layers.initializers.glorotUniform({ seed }),
    ...more,
  });
const first = () => dense('first', 8, 1, { inputShape: [4] });
const inner = (more?: object) => dense('inner', 6, 2, more);
const classes = () => dense('classes', CLASSES, 3, { activation: 'softmax' });

const sequential = (name: string, ...own: layers.layers.Layer[]) => layers.sequential({ name, layers: own });

function functional(name: string): layers.LayersModel {
  const input = layers.input({ shape: [4] });
  const output = inner().apply(first().apply(input)) as layers.SymbolicTensor;
  return layers.model({ name, inputs: input, outputs: output });
}

/** The same network, its first two layers in a model of their own or not. */
const MODELS: Record<string, () => layers.LayersModel> = {
  'a sequence first in a sequence': () => sequential('whole', sequential('base', first(), inner()), classes()),
  'a graph first in a sequence': () => sequential('whole', functional('base'), classes()),
  'a sequence first in a sequence in a sequence': () =>
    sequential('whole', sequential('base', sequential('deep', first(), inner())), classes()),
  'a sequence behind other layers': () =>
    sequential(
      'whole',
      layers.layers.reshape({ targetShape: [4], inputShape: [4] }),
      sequential('base', first(), inner()),
      classes(),
    ),
  'a model in a graph': () => {
    const input = layers.input({ shape: [4] });
    const output = classes().apply(functional('base').apply(input)) as layers.SymbolicTensor;
    return layers.model({ inputs: input, outputs: output });
  },
};

const layersIn = (model: layers.LayersModel): layers.layers.Layer[] =>
  model.layers.flatMap((layer) => [
    layer,
    ...((layer as layers.LayersModel).layers ? layersIn(layer as layers.LayersModel) : []),
  ]);
const named = (model: layers.LayersModel, name: string) => layersIn(model).find((layer) => layer.name === name);

async function centroidsOf(
  model: layers.LayersModel,
  featureLayer: SelfGuidedTfjsOptions['featureLayer'],
): Promise<Float32Array> {
  const { x, labels } = samples(60, 4);
  const training = selfGuided(model, { featureLayer });
  model.compile({ loss: training.loss, optimizer: tf.train.sgd(0.1) });
  await model.fit(tf.tensor2d(x, [60, 4]), oneHotOf(labels), {
    epochs: 2,
    shuffle: false,
    verbose: 0,
    callbacks: training.callback,
  });
  return training.guided.distances as Float32Array;
}

for (const [what, make] of Object.entries(MODELS)) {
  test(`${what}: layers by name and by themselves, and the inner model itself, give the features`, async () => {
    await useBackend('cpu');
    const plain = () => sequential('whole', first(), inner(), classes());
    const expected = await centroidsOf(plain(), 'inner');
    const ways: Record<string, (model: layers.LayersModel) => SelfGuidedTfjsOptions['featureLayer']> = {
      'its name': () => 'inner',
      itself: (model) => named(model, 'inner') as Anything,
      'the name of the inner model': () => 'base',
      'the inner model': (model) => named(model, 'base') as Anything,
    };
    for (const [way, of] of Object.entries(ways)) {
      const model = make();
      sameBits(await centroidsOf(model, of(model)), expected, `${what}, ${way}`);
    }
    sameBits(await centroidsOf(make(), 'first'), await centroidsOf(plain(), 'first'), `${what}, first`);
  });
}

test('a base that is not trained gives its features', async () => {
  await useBackend('cpu');
  const base = functional('base');
  base.trainable = false;
  const distances = await centroidsOf(sequential('whole', base, classes()), base);
  assert.ok(distances.every((d, i) => Number.isFinite(d) && (i % (CLASSES + 1) === 0 || d > 0)));
});

test('layers that the model has not, or more than one of', () => {
  const model = sequential('whole', sequential('base', first(), inner()), classes());
  throws(
    () => selfGuided(model, { featureLayer: 'hidden' }),
    RangeError,
    /^featureLayer: expected a layer of the model \(base, classes, first, inner\), received "hidden"/,
  );
  throws(
    () => selfGuided(model, { featureLayer: inner() }),
    RangeError,
    /^featureLayer: expected a layer of the model/,
  );
  const twins = sequential(
    'whole',
    sequential('one', first(), inner()),
    sequential('two', inner({ inputShape: [6] })),
    classes(),
  );
  throws(
    () => selfGuided(twins, { featureLayer: 'inner' }),
    RangeError,
    /^featureLayer: expected the name of one layer/,
  );
  selfGuided(twins, { featureLayer: named(twins, 'inner') as Anything });
  for (const featureLayer of [undefined, null, 3, {}, () => {}] as Anything[]) {
    throws(() => selfGuided(model, { featureLayer }), TypeError, /^featureLayer: expected a layer or the name of one/);
  }
});

test.run();
