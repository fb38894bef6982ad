// Tensors of onnxruntime, by their shape: this package loads no onnxruntime.
import { integer } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { typedArrayType } from '../checks/typed-arrays.js';
import type { GpuBuffer } from '../webgpu/gpu-types.js';

/** The part of an `ort.Tensor` that is used. Results are made by the logits' constructor. */
export interface OrtTensor {
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];
  /** Where the data is: on the 'cpu', or in a 'gpu-buffer'. */
  readonly location?: string;
}

export const isTensor = (value: unknown): value is OrtTensor =>
  typeof value === 'object' && value !== null && 'dims' in value && 'type' in value && Array.isArray(value.dims);

/** A tensor of one of these types, wherever it is; `where` ends the sentence on what was expected. */
function tensorOf(name: string, value: unknown, types: readonly string[], where = ''): OrtTensor {
  const expected = `an ort.Tensor of ${types.join(' or ')}${where}`;
  if (!isTensor(value) || Object.getPrototypeOf(value) === Object.prototype) throw wrongType(name, expected, value);
  if (!types.includes(value.type)) throw wrongType(name, expected, `a tensor of ${value.type}`);
  return value;
}

/** A tensor of one of these types in host memory. */
export function tensor(name: string, value: unknown, types: readonly string[]): OrtTensor {
  const { location = 'cpu' } = tensorOf(name, value, types);
  if (location !== 'cpu') {
    const expected = `an ort.Tensor of ${types.join(' or ')} on the CPU (await tensor.getData() first)`;
    throw wrongType(name, expected, `a tensor on ${location}`);
  }
  const { data } = value as OrtTensor;
  if (typedArrayType(data) === undefined) throw wrongType(`${name}.data`, 'a typed array', data);
  return value as OrtTensor;
}

export const isOnGpu = (value: unknown): boolean => isTensor(value) && value.location === 'gpu-buffer';

/** The buffer of a tensor of one of these types. */
export function bufferOf(name: string, value: unknown, types: readonly string[]): GpuBuffer {
  const where = ", whose location is 'gpu-buffer'";
  const given = tensorOf(name, value, types, where);
  if (isOnGpu(given)) return (given as unknown as { gpuBuffer: GpuBuffer }).gpuBuffer;
  throw wrongType(name, `an ort.Tensor of ${types.join(' or ')}${where}`, `a tensor on ${given.location ?? 'cpu'}`);
}

export function sameDims(name: string, { dims }: OrtTensor, expected: readonly number[]): void {
  if (dims.length === expected.length && dims.every((size, i) => size === expected[i])) return;
  throw wrongRange(name, `the dimensions [${expected.join(', ')}]`, `[${dims.join(', ')}]`);
}

/** How the logits' dimensions are those of classes and rows. */
export interface Shape {
  readonly classes: number;
  /** Elements between consecutive classes of a row. */
  readonly inner: number;
  readonly rowDims: readonly number[];
}

/** @param axis The dimension of the classes; negative counts from the end. */
export function shapeOf(dims: readonly number[], axis: unknown): Shape {
  if (dims.length === 0) throw wrongRange('logits', 'a tensor with a dimension of classes', dims);
  const own = integer('axis', axis, -dims.length, dims.length - 1);
  const dimension = own < 0 ? own + dims.length : own;
  const classes = dims[dimension];
  if (classes < 2) throw wrongRange('logits', `at least 2 classes in dimension ${dimension}`, classes);
  const inner = dims.slice(dimension + 1).reduce((a, b) => a * b, 1) || 1;
  return { classes, inner, rowDims: dims.filter((_, i) => i !== dimension) };
}
