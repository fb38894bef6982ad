// What runs in the page on WebGPU: the contenders that Node.js has, too, and the exported graph.
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import { exportOnnx } from 'squared-emd/onnxruntime';
import { type Contender, numbersOf, timed } from './contender.js';
import type { Batch, PageApi, Timed } from './protocol.js';
import { ofBuffers, ofJaxJs, ofTfjs, put, read, startJax, startTfjs } from './webgpu-contenders.js';

const STORAGE = 128;

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
    const device = await startTfjs();
    await startJax();
    const contenders = [...ofBuffers(device, batch), ...ofTfjs(batch), ...ofJaxJs(batch), await ofOnnxruntime(batch)];
    return timed(contenders, { count: countsOf });
  },
};
Object.assign(globalThis, { bench: api });
