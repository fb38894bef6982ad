// What runs in the page: the loss and its gradient by this package on the CPU, and by TensorFlow.js.
import '@tensorflow/tfjs-backend-webgl';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { emdLoss } from 'squared-emd/tfjs';
import { type Contender, numbersOf, timed } from './contender.js';
import { ofPackage } from './package.js';
import type { Batch, PageApi } from './protocol.js';

type MeanLoss = (oneHot: tf.Tensor2D, logits: tf.Tensor2D) => tf.Scalar;

const expression: MeanLoss = (oneHot, logits) =>
  tf.mean(tf.sum(tf.square(tf.cumsum(tf.sub(tf.softmax(logits), oneHot), 1)), 1));

async function ofTensors(name: string, backend: string, batch: Batch, meanLoss: MeanLoss): Promise<Contender> {
  await tf.setBackend(backend);
  const { logits, labels } = numbersOf(batch);
  const z = tf.tensor2d(logits, [batch.rows, batch.classes]);
  const oneHot = tf.tidy(
    () => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), batch.classes), 'float32') as tf.Tensor2D,
  );
  const differentiate = tf.valueAndGrad((x) => meanLoss(oneHot, x as tf.Tensor2D));
  let loss: tf.Tensor | undefined;
  let gradient: tf.Tensor | undefined;
  return {
    name: `${name} on ${backend}`,
    prepare: () => tf.setBackend(backend),
    async run() {
      tf.dispose([loss, gradient].filter((tensor) => tensor !== undefined));
      ({ value: loss, grad: gradient } = differentiate(z));
      // A GPU is done when a number of what it computes last is there.
      const last = tf.tidy(() => tf.slice(gradient as tf.Tensor2D, [0, 0], [1, 1]));
      await last.data();
      last.dispose();
    },
    output: async () => ({
      loss: (await (loss as tf.Tensor).data())[0],
      gradient: (await (gradient as tf.Tensor).data()) as Float32Array,
    }),
  };
}

async function contendersOf(batch: Batch): Promise<Contender[]> {
  const own = emdLoss({ fromLogits: true, reduction: 'mean' }) as unknown as MeanLoss;
  const contenders = [ofPackage(batch)];
  for (const backend of ['wasm', 'webgl']) {
    contenders.push(await ofTensors('squared-emd/tfjs', backend, batch, own));
    contenders.push(await ofTensors('tfjs expression', backend, batch, expression));
  }
  return contenders;
}

const api: PageApi = {
  async time(batch) {
    setWasmPaths('/');
    return timed(await contendersOf(batch));
  },
};
Object.assign(globalThis, { bench: api });
