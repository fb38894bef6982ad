// From a problem of the oracle to a call of the library on GPUBuffers, and back.
import type { EmdResult, GpuBuffer, GpuDevice, WebGpuEmdOptions } from '../../../lib/webgpu.js';
import { type Arrays, WebGpuEmdLoss } from '../../../lib/webgpu.js';
import { optionsOf, predictionsOf, targetsOf } from '../../../shared/oracle/call.js';
import type { Problem } from '../../../shared/oracle/oracle.js';

const [MAP_READ, COPY_SRC, COPY_DST, STORAGE] = [1, 4, 8, 0x80];

type Writing = GpuDevice & {
  queue: { writeBuffer(buffer: GpuBuffer, offset: number, data: ArrayBufferView): void };
};

export type HostResult = EmdResult<Float32Array>;

/** A buffer with these numbers at an offset, and more room behind them. */
export function upload(device: GpuDevice, values: ArrayBufferView, offset = 0, behind = 0): GpuBuffer {
  const size = Math.max(4, offset + values.byteLength + behind);
  const buffer = device.createBuffer({ size, usage: COPY_SRC | COPY_DST | STORAGE });
  if (values.byteLength > 0) (device as Writing).queue.writeBuffer(buffer, offset, values);
  return buffer;
}

export async function download(device: GpuDevice, buffer: GpuBuffer): Promise<ArrayBuffer> {
  const landing = device.createBuffer({ size: buffer.size, usage: MAP_READ | COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, landing, 0, buffer.size);
  device.queue.submit([encoder.finish() as never]);
  await landing.mapAsync(1);
  const bytes = landing.getMappedRange().slice(0);
  landing.destroy();
  return bytes;
}

export const floatsAt = async (device: GpuDevice, buffer: GpuBuffer, offset: number, count: number) =>
  new Float32Array(await download(device, buffer), offset, count);

/** The options of a problem that make a loss; arrays of calls are left out. */
export function lossOptions(problem: Problem): WebGpuEmdOptions {
  const { sampleWeights, upstream, ...options } = optionsOf(problem);
  return options as WebGpuEmdOptions;
}

export interface Places {
  inPlace?: boolean;
  /** Where each array begins in its buffer, in bytes, and how much longer than needed the buffers are. */
  offset?: number;
  behind?: number;
  /** Without a gradient, or the losses of rows. */
  without?: 'gradient' | 'losses';
}

export function arraysOf(device: GpuDevice, problem: Problem, places: Places = {}): Arrays {
  const { inPlace = false, offset = 0, behind = 0, without } = places;
  const { sampleWeights, upstream } = optionsOf(problem);
  const predictions = predictionsOf(problem);
  const rows = predictions.length / problem.classes;
  const put = (values: ArrayBufferView) => ({ buffer: upload(device, values, offset, behind), offset });
  const scores = put(predictions);
  return {
    predictions: scores,
    targets: put(targetsOf(problem.targets)),
    targetType: problem.targets.kind === 'index' ? 'int32' : 'distribution',
    rows,
    gradient: without === 'gradient' ? undefined : inPlace ? scores : put(new Float32Array(predictions.length).fill(7)),
    losses: without === 'losses' ? undefined : put(new Float32Array(rows).fill(7)),
    sampleWeights: sampleWeights && put(sampleWeights as Float32Array),
    upstream: typeof upstream === 'object' ? put(upstream as Float32Array) : upstream,
  };
}

export async function evaluateOnWebGpu(device: GpuDevice, problem: Problem, places: Places = {}): Promise<HostResult> {
  const loss = new WebGpuEmdLoss(device, lossOptions(problem));
  const arrays = arraysOf(device, problem, places);
  const result = await loss.evaluate(arrays);
  const { offset = 0 } = places;
  const read = async (buffer: GpuBuffer | null, count: number) =>
    buffer && (count === 0 ? new Float32Array(0) : floatsAt(device, buffer, offset, count));
  const host = {
    ...result,
    gradient: await read(result.gradient, problem.predictions.length),
    losses: await read(result.losses, arrays.rows),
  };
  for (const array of Object.values(arrays)) {
    if (typeof array === 'object') ((array as { buffer: GpuBuffer }).buffer as GpuBuffer).destroy();
  }
  loss.dispose();
  return host as HostResult;
}
