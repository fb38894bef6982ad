// onnxruntime-web's WebGPU provider on a page, as a runtime for tests.
import { Tensor } from 'onnxruntime-common';
import type { Page } from 'playwright-core';
import type { Runtime } from './check-onnx.js';

/** A tensor on its way to the page and back. */
interface Sent {
  type: string;
  dims: readonly number[];
  /** Base 64. */
  bytes: string;
}

/** A global of the page. */
declare const ort: typeof import('onnxruntime-common');
interface GpuBuffer {
  destroy(): void;
}
interface GpuDevice {
  createBuffer(description: { size: number; usage: number }): GpuBuffer;
  queue: { writeBuffer(buffer: GpuBuffer, offset: number, data: ArrayBufferView): void };
}

const ARRAYS = { float32: Float32Array, int32: Int32Array, int64: BigInt64Array } as const;

const send = ({ type, dims, data }: Tensor): Sent => {
  const { buffer, byteOffset, byteLength } = data as Float32Array;
  return { type, dims, bytes: Buffer.from(buffer, byteOffset, byteLength).toString('base64') };
};

function receive({ type, dims, bytes }: Sent): Tensor {
  const { buffer } = Uint8Array.from(Buffer.from(bytes, 'base64'));
  return new Tensor(type as 'float32', new ARRAYS[type as 'float32'](buffer), dims);
}

export interface BrowserRuntime extends Runtime {
  /** The bytes of each download from the GPU during runs, except those of their results. */
  downloads: number[];
}

/** @param bundle One of onnxruntime-web's, with a WebGPU provider. */
export async function browserRuntime(page: Page, bundle: string): Promise<BrowserRuntime> {
  await page.evaluate(async (file) => {
    const global = globalThis as unknown as {
      ort: typeof ort;
      downloads: number[];
      GPUBuffer: { prototype: { mapAsync(): unknown; size: number } };
    };
    global.ort = await import(file);
    ort.env.wasm.numThreads = 1;
    global.downloads = [];
    const { prototype } = global.GPUBuffer;
    const { mapAsync } = prototype;
    prototype.mapAsync = function (...parameters) {
      global.downloads.push(this.size);
      return mapAsync.apply(this, parameters);
    };
  }, `/${bundle}`);

  const downloads: number[] = [];
  const create: Runtime['InferenceSession']['create'] = async (model) => ({
    async run(feeds) {
      const answer = await page.evaluate(runOnPage, {
        model: Buffer.from(model).toString('base64'),
        feeds: Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, send(value)])),
      });
      downloads.push(...answer.downloads);
      return Object.fromEntries(Object.entries(answer.results).map(([name, value]) => [name, receive(value)]));
    },
    async release() {},
  });
  return { InferenceSession: { create }, Tensor, downloads };
}

async function runOnPage({ model, feeds }: { model: string; feeds: Record<string, Sent> }) {
  const { downloads } = globalThis as unknown as { downloads: number[] };
  const toBytes = (text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const toText = (bytes: Uint8Array) => btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(''));
  const arrays = { float32: Float32Array, int32: Int32Array, int64: BigInt64Array };
  const [COPY_SOURCE, COPY_TARGET, STORAGE] = [4, 8, 128];

  const session = await ort.InferenceSession.create(toBytes(model), {
    executionProviders: ['webgpu'],
    preferredOutputLocation: 'gpu-buffer',
  });
  // float32 inputs are on the GPU, so that operators on the CPU have to download them.
  const device = (await ort.env.webgpu.device) as GpuDevice;
  const buffers: GpuBuffer[] = [];
  const tensors = Object.entries(feeds).map(([name, { type, dims, bytes }]) => {
    const data = new arrays[type as 'float32'](toBytes(bytes).buffer);
    if (type !== 'float32') return [name, new ort.Tensor(type as 'int64', data as never, dims)];
    const size = Math.max(16, Math.ceil(data.byteLength / 16) * 16);
    const buffer = device.createBuffer({ size, usage: STORAGE | COPY_SOURCE | COPY_TARGET });
    device.queue.writeBuffer(buffer, 0, data);
    buffers.push(buffer);
    return [name, ort.Tensor.fromGpuBuffer(buffer as never, { dataType: 'float32', dims })];
  });
  downloads.length = 0;
  const outputs = await session.run(Object.fromEntries(tensors));
  const made = downloads.slice();
  const results: Record<string, Sent> = {};
  for (const [name, tensor] of Object.entries(outputs)) {
    const { buffer, byteOffset, byteLength } = (await tensor.getData()) as Float32Array;
    results[name] = {
      type: tensor.type,
      dims: tensor.dims,
      bytes: toText(new Uint8Array(buffer, byteOffset, byteLength)),
    };
    tensor.dispose();
  }
  await session.release();
  for (const buffer of buffers) buffer.destroy();
  return { results, downloads: made };
}
