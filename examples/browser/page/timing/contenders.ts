// The same step of training, loss and gradient, by the package and by TensorFlow.js, on the CPU and on a GPU.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { EmdLoss } from 'squared-emd';
import { emdLoss } from 'squared-emd/tfjs';
import { WebGpuEmdLoss } from 'squared-emd/webgpu';
import type { ContenderId, Shape } from './protocol.js';

interface Output {
  loss: number;
  gradient: Float32Array;
}

export interface Contender {
  id: ContenderId;
  /** On a GPU it has ended when a number is back. */
  run(): void | Promise<void>;
  /** Of the last run. */
  output(): Output | Promise<Output>;
  dispose(): void;
}

export interface Batch extends Shape {
  logits: Float32Array;
  labels: Int32Array;
}

const ofAdapter = (batch: Batch) =>
  ofTensors('adapter', batch, emdLoss({ fromLogits: true, reduction: 'mean' }) as MeanLoss);
const ofExpression = (batch: Batch) =>
  ofTensors('expression', batch, (oneHot, logits) =>
    tf.mean(tf.sum(tf.square(tf.cumsum(tf.sub(tf.softmax(logits), oneHot), 1)), 1)),
  );

/** With a backend of TensorFlow.js that is in use. @param device That of its webgpu backend; undefined on the CPU. */
export const contendersOf = (batch: Batch, device?: GPUDevice): Contender[] => [
  device ? ofBuffers(batch, device) : ofPackage(batch),
  ofAdapter(batch),
  ofExpression(batch),
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

function ofBuffers({ rows, classes, logits, labels }: Batch, device: GPUDevice): Contender {
  const [COPY_SRC, COPY_DST, STORAGE, MAP_READ] = [4, 8, 128, 1];
  const put = (values: Float32Array | Int32Array) => {
    const buffer = device.createBuffer({ size: values.byteLength, usage: COPY_SRC | COPY_DST | STORAGE });
    device.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer>);
    return buffer;
  };
  const criterion = new WebGpuEmdLoss(device, { classes });
  const [predictions, targets, gradient] = [put(logits), put(labels), put(logits)];
  let loss = Number.NaN;
  return {
    id: 'package',
    run: async () => {
      ({ loss } = await criterion.evaluate({ predictions, targets, targetType: 'int32', rows, gradient }));
    },
    output: async () => {
      const landing = device.createBuffer({ size: gradient.size, usage: MAP_READ | COPY_DST });
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(gradient, 0, landing, 0, gradient.size);
      device.queue.submit([encoder.finish()]);
      await landing.mapAsync(MAP_READ);
      return { loss, gradient: new Float32Array(landing.getMappedRange()) };
    },
    dispose: () => {
      criterion.dispose();
      for (const buffer of [predictions, targets, gradient]) buffer.destroy();
    },
  };
}

type MeanLoss = (oneHot: tf.Tensor2D, logits: tf.Tensor2D) => tf.Scalar;

function ofTensors(id: ContenderId, batch: Batch, meanLoss: MeanLoss): Contender {
  const { rows, classes, where, logits, labels } = batch;
  const z = tf.tensor2d(logits, [rows, classes]);
  const oneHot = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), classes), 'float32') as tf.Tensor2D);
  const differentiate = tf.valueAndGrad((x) => meanLoss(oneHot, x as tf.Tensor2D));
  let loss = Number.NaN;
  let gradient: tf.Tensor | undefined;
  const differentiated = () => {
    gradient?.dispose();
    const { value, grad } = differentiate(z);
    gradient = grad;
    return value;
  };
  return {
    id,
    run:
      where === 'gpu'
        ? async () => {
            const value = differentiated();
            const last = tf.tidy(() => tf.slice(gradient as tf.Tensor2D, [0, 0], [1, 1]));
            await last.data();
            loss = (await value.data())[0];
            tf.dispose([value, last]);
          }
        : () => {
            const value = differentiated();
            loss = value.dataSync()[0];
            value.dispose();
          },
    output: async () => ({ loss, gradient: (await gradient?.data()) as Float32Array }),
    dispose: () => tf.dispose([z, oneHot, ...(gradient ? [gradient] : [])]),
  };
}
