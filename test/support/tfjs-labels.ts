// Labels in every form that the loss of tfjs takes, on the backend in use, against the call with arrays.
import * as tf from '@tensorflow/tfjs-core';
import * as assert from 'uvu/assert';
import { circular, type EmdOptions, emdLoss as lossOfArrays } from '../../lib/index.js';
import { emdLoss, type TfjsEmdOptions } from '../../lib/tfjs.js';
import { Random } from '../../shared/oracle/random.js';
import { near } from './near.js';
import { seed } from './scale.js';
import { CLASSES } from './tfjs-model.js';

const OPTIONS: TfjsEmdOptions[] = [
  { fromLogits: true },
  { fromLogits: true, groundDistance: circular([1, 2, 1, 1, 3]), crossEntropyWeight: 1, emdWeight: 2 },
  { fromLogits: true, power: 1, normalization: 'mean', classWeights: Float32Array.of(1, 0, 2, 1, 0.5) },
];

/** Leading dimensions and options, too. */
export function checkKindsOfLabels(tolerance: number): void {
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
  for (const [kind, labels, targets] of kinds) {
    for (const own of OPTIONS) {
      const { fromLogits: _, ...rest } = own;
      const upstream = random.floats(24, () => random.normal());
      const given = { ...rest, classes: CLASSES, reduction: 'none', upstream } as EmdOptions;
      const expected = lossOfArrays(logits, targets, given);
      const [input, factors] = [tf.tensor(logits, shape), tf.tensor(upstream, [2, 3, 4])];
      const loss = emdLoss(own);
      const value = loss(labels, input);
      assert.equal(value.shape, [2, 3, 4], kind);
      near(value.dataSync(), expected.losses as Float32Array, tolerance, `${kind}: losses`);
      const gradient = tf.grad((z) => tf.sum(tf.mul(loss(labels, z), factors)))(input);
      assert.equal(gradient.shape, shape, kind);
      near(gradient.dataSync(), expected.gradient as Float32Array, tolerance, `${kind}: gradient`);
    }
  }
}
