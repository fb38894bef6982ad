// What runs in the page on WebGPU: the loss and its gradient by this package, on buffers and through its adapters, and by what libraries
// have without it.
import * as jax from '@jax-js/jax';
import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { emdLoss as jaxLoss } from 'squared-emd/jax';
import { exportOnnx } from 'squared-emd/onnxruntime';
import { emdLoss as tfjsLoss } from 'squared-emd/tfjs';
import { WebGpuEmdLoss } from 'squared-emd/webgpu';
import { type Contender, numbersOf, timed } from './contender.js';
import type { Batch, PageApi, Timed } from './protocol.js';

const [MAP_READ, COPY_SRC, COPY_DST, STORAGE] = [1, 4, 8, 128];

const counts = { dispatches: 0, bytes: 0 };
countCalls();

/** Counts dispatches, and the bytes that storage bindings give them. */
function countCalls(): void {
  const bytes = new WeakMap<object, number>();
  const { createBindGroup } = GPUDevice.prototype;
  GPUDevice.prototype.createBindGroup = function (descriptor) {
    const group = createBindGroup.call(this, descriptor);
    let sum = 0;
    for (const { resource } of descriptor.entries) {
      const {
        buffer,
        size,
        offset = 0,
      } = (resource instanceof GPUBuffer ? { buffer: resource } : resource) as GPUBufferBinding;
      if (buffer !== undefined && (buffer.usage & STORAGE) !== 0) sum += size ?? buffer.size - offset;
    }
    bytes.set(group, sum);
    return group;
  };
  const { setBindGroup, dispatchWorkgroups } = GPUComputePassEncoder.prototype;
  let bound = 0;
  GPUComputePassEncoder.prototype.setBindGroup = function (this: GPUComputePassEncoder, ...given: unknown[]) {
    bound = bytes.get(given[1] as object) ?? 0;
    return (setBindGroup as (...given: unknown[]) => undefined).apply(this, given);
  };
  GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...given) {
    counts.dispatches++;
    counts.bytes += bound;
    return dispatchWorkgroups.apply(this, given);
  };
}

async function countsOf(contender: Contender): Promise<Timed['counts']> {
  await contender.prepare?.();
  const before = { ...counts };
  await contender.run();
  return { dispatches: counts.dispatches - before.dispatches, bytes: counts.bytes - before.bytes };
}

function put(device: GPUDevice, values: Float32Array | Int32Array): GPUBuffer {
  const buffer = device.createBuffer({ size: values.byteLength, usage: COPY_SRC | COPY_DST | STORAGE });
  device.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer>);
  return buffer;
}

/** The first numbers of a buffer. */
async function read(device: GPUDevice, buffer: GPUBuffer, count: number): Promise<Float32Array> {
  const landing = device.createBuffer({ size: 4 * count, usage: MAP_READ | COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, landing, 0, 4 * count);
  device.queue.submit([encoder.finish()]);
  await landing.mapAsync(MAP_READ);
  const values = new Float32Array(landing.getMappedRange().slice(0));
  landing.destroy();
  return values;
}

function ofBuffers(device: GPUDevice, batch: Batch): Contender[] {
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

async function ofOnnxruntime({ rows, classes }: Batch): Promise<Contender> {
  const { logits, labels } = numbersOf({ rows, classes });
  const bundle = '/ort.webgpu.bundle.min.mjs';
  const ort = (await import(bundle)) as typeof import('onnxruntime-web');
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(exportOnnx({ classes, labelType: 'int32' }), {
    executionProviders: ['webgpu'],
    preferredOutputLocation: 'gpu-buffer',
  });
  const device = await (ort.env.webgpu.device as unknown as Promise<GPUDevice>);
  const given = (buffer: GPUBuffer, dataType: 'float32' | 'int32', dims: number[]) =>
    ort.Tensor.fromGpuBuffer(buffer as never, { dataType, dims });
  const feeds = {
    logits: given(put(device, logits), 'float32', [rows, classes]),
    labels: given(put(device, labels), 'int32', [rows]),
  };
  let made: Awaited<ReturnType<typeof session.run>> = {};
  const bufferOf = (name: string) => made[name].gpuBuffer as unknown as GPUBuffer;
  return {
    name: 'exported graph, onnxruntime-web',
    async run() {
      for (const tensor of Object.values(made)) tensor.dispose();
      made = await session.run(feeds);
      await read(device, bufferOf('gradient'), 1);
    },
    output: async () => ({
      loss: (await read(device, bufferOf('loss'), 1))[0],
      gradient: await read(device, bufferOf('gradient'), rows * classes),
    }),
  };
}

const api: PageApi = {
  async time(batch) {
    await tf.setBackend('webgpu');
    await jax.init('webgpu');
    const { device } = tf.backend() as unknown as { device: GPUDevice };
    const own = tfjsLoss({ fromLogits: true, reduction: 'mean' }) as unknown as MeanLoss;
    const contenders = [
      ...ofBuffers(device, batch),
      ofTensors('squared-emd/tfjs', batch, own),
      ofTensors('tfjs expression', batch, tfjsExpression),
      ofJax('squared-emd/jax', batch, (labels) => (z) => jaxLoss(z, labels.ref)),
      ofJax('jax-js expression', batch, (labels) => jaxExpression(batch, labels)),
      await ofOnnxruntime(batch),
    ];
    return timed(contenders, countsOf);
  },
};
Object.assign(globalThis, { bench: api });
