// What is compared on WebGPU, in pages and in Node.js: the loss and its gradient by this package, on buffers and through its adapters, and
// by the operators of libraries. Where this is imported WebGPU has to be there.
import * as jax from '@jax-js/jax';
import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { emdLoss as jaxLoss } from 'squared-emd/jax';
import { emdLoss as tfjsLoss } from 'squared-emd/tfjs';
import { WebGpuEmdLoss } from 'squared-emd/webgpu';
import { type Contender, numbersOf } from './contender.js';
import type { Batch } from './protocol.js';

const [MAP_READ, COPY_SRC, COPY_DST, STORAGE] = [1, 4, 8, 128];

export function put(device: GPUDevice, values: Float32Array | Int32Array): GPUBuffer {
  const buffer = device.createBuffer({ size: values.byteLength, usage: COPY_SRC | COPY_DST | STORAGE });
  device.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer>);
  return buffer;
}

/** The first numbers of a buffer. */
export async function read(device: GPUDevice, buffer: GPUBuffer, count: number): Promise<Float32Array> {
  const landing = device.createBuffer({ size: 4 * count, usage: MAP_READ | COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, landing, 0, 4 * count);
  device.queue.submit([encoder.finish()]);
  await landing.mapAsync(MAP_READ);
  const values = new Float32Array(landing.getMappedRange().slice(0));
  landing.destroy();
  return values;
}

export function ofBuffers(device: GPUDevice, batch: Batch): Contender[] {
  const { logits, labels } = numbersOf(batch);
  const criterion = new WebGpuEmdLoss(device, { classes: batch.classes });
  const predictions = put(device, logits);
  const gradient = put(device, logits);
  const arrays = {
    predictions,
    targets: put(device, labels),
    targetType: 'int32',
    rows: batch.rows,
    gradient,
  } as const;
  let loss = Number.NaN;
  return [
    {
      name: 'squared-emd/webgpu',
      async run() {
        ({ loss } = await criterion.evaluate(arrays));
      },
      output: async () => ({ loss, gradient: await read(device, gradient, logits.length) }),
    },
    {
      name: 'copy of the logits',
      async run() {
        const encoder = device.createCommandEncoder();
        encoder.copyBufferToBuffer(predictions, 0, gradient, 0, predictions.size);
        device.queue.submit([encoder.finish()]);
        await read(device, gradient, 1);
      },
    },
  ];
}

type MeanLoss = (labels: tf.Tensor1D, logits: tf.Tensor2D) => tf.Scalar;

function ofTensors(name: string, batch: Batch, meanLoss: MeanLoss): Contender {
  const { logits, labels } = numbersOf(batch);
  const z = tf.tensor2d(logits, [batch.rows, batch.classes]);
  const y = tf.tensor1d(labels, 'int32');
  const differentiate = tf.valueAndGrad((x) => meanLoss(y, x as tf.Tensor2D));
  let made: tf.Tensor[] = [];
  return {
    name,
    async run() {
      tf.dispose(made);
      const { value, grad } = differentiate(z);
      made = [value, grad];
      const last = tf.tidy(() => tf.slice(grad as tf.Tensor2D, [0, 0], [1, 1]));
      await last.data();
      last.dispose();
    },
    output: async () => ({ loss: (await made[0].data())[0], gradient: (await made[1].data()) as Float32Array }),
  };
}

const tfjsExpression: MeanLoss = (labels, logits) =>
  tf.mean(
    tf.sum(tf.square(tf.cumsum(tf.sub(tf.softmax(logits), tf.oneHot(labels, logits.shape[1])), 1)), 1),
  ) as tf.Scalar;

type Differentiated = (logits: jax.Array) => { loss: jax.Array; gradient: jax.Array };

function ofJax(name: string, batch: Batch, evaluate: (labels: jax.Array) => Differentiated): Contender {
  const { logits, labels } = numbersOf(batch);
  const z = jax.numpy.array(logits, { shape: [batch.rows, batch.classes], device: 'webgpu' });
  const differentiate = evaluate(jax.numpy.array(labels, { shape: [batch.rows], device: 'webgpu' }));
  let made: jax.Array[] = [];
  return {
    name,
    async run() {
      for (const array of made) array.dispose();
      const { loss, gradient } = differentiate(z.ref);
      made = [loss, gradient];
      await gradient.ref.slice(0, 0).data();
    },
    output: async () => ({
      loss: Number((await made[0].ref.data())[0]),
      gradient: (await made[1].ref.data()) as Float32Array,
    }),
  };
}

function jaxExpression({ classes }: Batch, labels: jax.Array): Differentiated {
  const { numpy: np, nn } = jax;
  const hot = nn.oneHot(labels, classes);
  const loss = (z: jax.Array, target: jax.Array) =>
    np.mean(np.sum(np.square(np.cumsum(nn.softmax(z, -1).sub(target), -1)), -1));
  const differentiate = jax.jit(jax.valueAndGrad(loss));
  return (z) => {
    const [value, gradient] = differentiate(z, hot.ref) as [jax.Array, jax.Array];
    return { loss: value, gradient };
  };
}

/** With its backend for WebGPU in use. */
export async function startTfjs(): Promise<GPUDevice> {
  if (!(await tf.setBackend('webgpu'))) throw new Error('its backend for WebGPU does not start');
  return (tf.backend() as unknown as { device: GPUDevice }).device;
}

export function ofTfjs(batch: Batch): Contender[] {
  const own = tfjsLoss({ fromLogits: true, reduction: 'mean' }) as unknown as MeanLoss;
  return [ofTensors('squared-emd/tfjs', batch, own), ofTensors('tfjs expression', batch, tfjsExpression)];
}

export async function startJax(): Promise<void> {
  if (!(await jax.init('webgpu')).includes('webgpu')) throw new Error('its device for WebGPU does not start');
}

export const ofJaxJs = (batch: Batch): Contender[] => [
  ofJax('squared-emd/jax', batch, (labels) => (z) => jaxLoss(z, labels.ref)),
  ofJax('jax-js expression', batch, (labels) => jaxExpression(batch, labels)),
];
