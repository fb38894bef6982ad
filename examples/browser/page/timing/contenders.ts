// The same step of training, loss and gradient, by the package and by TensorFlow.js.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { EmdLoss } from 'squared-emd';
import { emdLoss } from 'squared-emd/tfjs';
import type { ContenderId, Shape } from './protocol.js';

export interface Contender {
  id: ContenderId;
  run(): void;
  /** Of the last run. */
  output(): { loss: number; gradient: Float32Array };
  dispose(): void;
}

export interface Batch extends Shape {
  logits: Float32Array;
  labels: Int32Array;
}

export const contendersOf = (batch: Batch): Contender[] => [
  ofPackage(batch),
  ofTensors('adapter', batch, emdLoss({ fromLogits: true, reduction: 'mean' }) as MeanLoss),
  ofTensors('expression', batch, (oneHot, logits) =>
    tf.mean(tf.sum(tf.square(tf.cumsum(tf.sub(tf.softmax(logits), oneHot), 1)), 1)),
  ),
];

function ofPackage({ classes, logits, labels }: Batch): Contender {
  const criterion = new EmdLoss({ classes });
  const gradient = new Float32Array(logits.length);
  let loss = Number.NaN;
  return {
    id: 'package',
    run: () => {
      ({ loss } = criterion.evaluate(logits, labels, { gradient }));
    },
    output: () => ({ loss, gradient }),
    dispose: () => {},
  };
}

type MeanLoss = (oneHot: tf.Tensor2D, logits: tf.Tensor2D) => tf.Scalar;

function ofTensors(id: ContenderId, { rows, classes, logits, labels }: Batch, meanLoss: MeanLoss): Contender {
  const z = tf.tensor2d(logits, [rows, classes]);
  const oneHot = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), classes), 'float32') as tf.Tensor2D);
  const differentiate = tf.valueAndGrad((x) => meanLoss(oneHot, x as tf.Tensor2D));
  let loss = Number.NaN;
  let gradient: tf.Tensor | undefined;
  return {
    id,
    run: () => {
      gradient?.dispose();
      const { value, grad } = differentiate(z);
      loss = value.dataSync()[0];
      value.dispose();
      gradient = grad;
    },
    output: () => ({ loss, gradient: gradient?.dataSync() as Float32Array }),
    dispose: () => tf.dispose([z, oneHot, ...(gradient ? [gradient] : [])]),
  };
}
