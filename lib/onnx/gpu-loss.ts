// The loss on tensors of onnxruntime-web that are in buffers of a GPU.
import { copyWeights, float32, onlyKnown, without } from '../checks/arguments.js';
import { checkLabels } from '../checks/labels.js';
import { rename } from '../checks/renamed.js';
import { sizeOf } from '../checks/shapes.js';
import type { Buf } from '../webgpu/arrays.js';
import { filled } from '../webgpu/device-memory.js';
import { type GpuBuffer, type GpuDevice, MAP_READ, Usage } from '../webgpu/gpu-types.js';
import { WebGpuEmdLoss } from '../webgpu/loss.js';
import type { TargetType } from '../webgpu/wgsl/problem.js';
import { KNOWN, type OrtEmdOptions, type OrtEmdResult } from './options.js';
import { bufferOf, isOnGpu, isTensor, type OrtTensor, type Shape, sameDims, shapeOf, tensor } from './tensors.js';

/** What makes no sense on a GPU of the page is refused. */
const KNOWN_ON_GPU = without(KNOWN, 'threads', 'device');

/** Arguments to which the kernels give other names. */
const NAMES = { targets: 'labels', predictions: 'logits', device: 'gpuDevice' };

/** @returns A promise that wrong arguments reject, and whatever the device says. */
export async function lossOnGpu<T extends OrtTensor>(
  device: GpuDevice,
  logits: T,
  labels: OrtTensor,
  options: OrtEmdOptions<T>,
): Promise<OrtEmdResult<T>> {
  onlyKnown(options, KNOWN_ON_GPU);
  const { axis = -1, gradient, losses, sampleWeights, upstream, classWeights, ...same } = options;
  const predictions = bufferOf('logits', logits, ['float32', 'float16']);
  const shape = shapeOf(logits.dims, axis);
  const { classes, inner, rowDims } = shape;
  const memory = new CallMemory(device);
  try {
    const criterion = new WebGpuEmdLoss(device, {
      ...same,
      classes,
      inner,
      classWeights: isTensor(classWeights)
        ? (tensor('classWeights', classWeights, ['float32']).data as Float32Array)
        : classWeights,
    });
    try {
      const outputs = {
        gradient: output(memory, 'gradient', gradient ?? true, logits, logits.type, logits.dims),
        losses: output(memory, 'losses', losses ?? options.reduction === 'none', logits, 'float32', rowDims),
      };
      const result = await criterion.evaluate({
        predictions,
        type: logits.type as 'float32' | 'float16',
        ...targetsOf(memory, labels, logits.dims, shape),
        rows: sizeOf(rowDims),
        sampleWeights: numbersOf(memory, 'sampleWeights', sampleWeights, rowDims),
        upstream: typeof upstream === 'number' ? upstream : numbersOf(memory, 'upstream', upstream, rowDims),
        gradient: outputs.gradient?.buffer,
        losses: outputs.losses?.buffer,
      });
      memory.release();
      return { ...result, gradient: outputs.gradient?.tensor ?? null, losses: outputs.losses?.tensor ?? null };
    } finally {
      criterion.dispose();
    }
  } catch (error) {
    memory.release(true);
    throw rename(error, NAMES);
  }
}

/** The buffers that a call has made: of inputs, and of outputs, which only a call that fails gives up. */
class CallMemory {
  readonly device: GpuDevice;
  readonly #inputs: GpuBuffer[] = [];
  readonly #outputs: GpuBuffer[] = [];

  constructor(device: GpuDevice) {
    this.device = device;
  }

  input(values: ArrayBufferView): GpuBuffer {
    const { buffer, byteOffset, byteLength } = values;
    const bytes = (buffer as ArrayBuffer).slice(byteOffset, byteOffset + byteLength);
    const made = filled(this.device, bytes, Usage.storage);
    this.#inputs.push(made);
    return made;
  }

  /** Of a size that onnxruntime takes: a multiple of 16. */
  output(bytes: number): GpuBuffer {
    const usage = Usage.storage | Usage.copySource | Usage.copyDestination;
    const made = this.device.createBuffer({ size: Math.max(16, Math.ceil(bytes / 16) * 16), usage });
    this.#outputs.push(made);
    return made;
  }

  release(all = false): void {
    for (const buffer of [...this.#inputs, ...(all ? this.#outputs : [])]) buffer.destroy();
  }
}

const LABELS = ['int32', 'uint32', 'int64'];

function targetsOf(
  memory: CallMemory,
  labels: OrtTensor,
  dims: readonly number[],
  { classes, rowDims }: Shape,
): { targets: GpuBuffer; targetType: TargetType } {
  const onGpu = isOnGpu(labels);
  const types = onGpu ? [...LABELS, 'float32'] : ['int32', 'int64', 'uint8', 'float32'];
  const buffer = onGpu ? bufferOf('labels', labels, types) : undefined;
  const { type, data } = onGpu ? { type: labels.type, data: undefined } : tensor('labels', labels, types);
  sameDims('labels', labels, type === 'float32' ? dims : rowDims);
  if (buffer !== undefined) {
    return { targets: buffer, targetType: type === 'float32' ? 'distribution' : (type as TargetType) };
  }
  if (type === 'float32') return { targets: memory.input(data as Float32Array), targetType: 'distribution' };
  const checked = checkLabels('labels', data, sizeOf(rowDims), classes);
  if (type === 'int64') return { targets: memory.input(checked), targetType: 'int64' };
  return { targets: memory.input(Int32Array.from(checked as Int32Array)), targetType: 'int32' };
}

/** A number per row, on the GPU. */
function numbersOf(
  memory: CallMemory,
  name: 'sampleWeights' | 'upstream',
  value: unknown,
  rowDims: readonly number[],
): Buf | undefined {
  if (value === undefined) return undefined;
  if (isTensor(value)) sameDims(name, value, rowDims);
  if (isOnGpu(value)) return bufferOf(name, value, ['float32']);
  const given = isTensor(value) ? tensor(name, value, ['float32']).data : value;
  const rows = sizeOf(rowDims);
  return memory.input(
    name === 'upstream'
      ? float32(name, given, rows, 'one per row')
      : Float32Array.from(copyWeights(name, float32(name, given, rows, 'one per row'), rows)),
  );
}

/** The buffer of an output that is wanted, and its tensor, which is made by the logits' own class unless it is given. */
function output<T extends OrtTensor>(
  memory: CallMemory,
  name: string,
  wanted: boolean | T,
  logits: T,
  type: string,
  dims: readonly number[],
): { buffer: GpuBuffer; tensor: T } | undefined {
  if (wanted === false) return undefined;
  if (wanted !== true) {
    const buffer = bufferOf(name, wanted, [type]);
    sameDims(name, wanted, dims);
    return { buffer, tensor: wanted };
  }
  const bytes = (type === 'float16' ? 2 : 4) * sizeOf(dims);
  const buffer = memory.output(bytes);
  const { fromGpuBuffer } = logits.constructor as unknown as { fromGpuBuffer(buffer: GpuBuffer, options: object): T };
  const { device } = memory;
  const made = fromGpuBuffer(buffer, {
    dataType: type,
    dims,
    dispose: () => buffer.destroy(),
    download: () => numbersIn(device, buffer, type, bytes),
  });
  return { buffer, tensor: made };
}

/** For `tensor.getData()`: float16 as the runtime has it, as float16 numbers or as their bits. */
async function numbersIn(device: GpuDevice, buffer: GpuBuffer, type: string, bytes: number): Promise<unknown> {
  const size = Math.max(4, 4 * Math.ceil(bytes / 4));
  const landing = device.createBuffer({ size, usage: Usage.mapRead | Usage.copyDestination });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, landing, 0, size);
  device.queue.submit([encoder.finish() as never]);
  await landing.mapAsync(MAP_READ);
  const values = landing.getMappedRange().slice(0, bytes);
  landing.destroy();
  if (type === 'float32') return new Float32Array(values);
  const { Float16Array: Halves = Uint16Array } = globalThis as { Float16Array?: typeof Uint16Array };
  return new Halves(values);
}
