// Version 3 of the CUDA Array Interface, with which libraries share arrays on GPUs.

import { wrongRange, wrongType } from '../checks/errors.js';
import { type DType, dtypeOfTypestr, elementType } from './dtype.js';
import { address } from './stream.js';

export interface ArrayInterface {
  /** All extents; the array is treated as flat. */
  shape: readonly number[];
  /** '<f4', '<f2', '<V2' (bfloat16), '<i4', '<i8' or '|u1'. */
  typestr: string;
  /** The device pointer, and whether the memory is read-only. */
  data: readonly [pointer: number | bigint, readOnly: boolean];
  /** In bytes; null for contiguous memory, the only kind that is accepted. */
  strides?: readonly number[] | null;
  mask?: null;
  version: number;
  /** A cudaStream_t whose work must be done before the array is used; null: none. */
  stream?: number | bigint | null;
}

interface Parsed {
  pointer: bigint;
  dtype: DType;
  length: number;
  readOnly: boolean;
  stream: bigint | undefined;
}

/** Reads a description, or the description that an object has as a property. */
export function parseArrayInterface(object: unknown): Parsed {
  const description = find(object);
  const { shape, typestr, data, strides, mask, version, stream } = description;
  if (!Number.isInteger(version)) throw wrongType('version', 'an integer', version);
  if ((version as number) < 2) throw wrongRange('version', '2 or 3', version);
  if (mask !== undefined && mask !== null) throw wrongType('mask', 'null', mask);
  const dtype = dtypeOfTypestr('typestr', typestr);
  const length = lengthOf(shape, strides, elementType(dtype).bytes);
  if (!Array.isArray(data) || data.length !== 2) throw wrongType('data', 'an array of a pointer and a boolean', data);
  const [pointer, readOnly] = data as readonly unknown[];
  if (typeof readOnly !== 'boolean') throw wrongType('data[1]', 'a boolean', readOnly);
  return { pointer: addressOf('data[0]', pointer), dtype, length, readOnly, stream: streamOf(stream) };
}

function find(object: unknown): Record<string, unknown> {
  if (typeof object !== 'object' || object === null) {
    throw wrongType('object', 'an object with a CUDA Array Interface', object);
  }
  const holder = object as Record<string, unknown>;
  const description = holder.cudaArrayInterface ?? holder.__cuda_array_interface__ ?? holder;
  if (typeof description !== 'object') throw wrongType('cudaArrayInterface', 'an object', description);
  return description as Record<string, unknown>;
}

function lengthOf(shape: unknown, strides: unknown, elementBytes: number): number {
  if (!Array.isArray(shape)) throw wrongType('shape', 'an array of integers', shape);
  let length = 1;
  shape.forEach((extent: unknown, i) => {
    if (!Number.isInteger(extent)) throw wrongType(`shape[${i}]`, 'an integer', extent);
    if ((extent as number) < 0) throw wrongRange(`shape[${i}]`, 'an integer that is not negative', extent);
    length *= extent as number;
  });
  if (!Number.isSafeInteger(length * elementBytes)) throw wrongRange('shape', 'a number of bytes below 2^53', shape);
  if (strides !== undefined && strides !== null) checkContiguous(shape as number[], strides, elementBytes);
  return length;
}

function checkContiguous(shape: readonly number[], strides: unknown, elementBytes: number): void {
  if (!Array.isArray(strides) || strides.length !== shape.length) {
    throw wrongType('strides', `null or an array of ${shape.length} integers`, strides);
  }
  let expected = elementBytes;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] > 1 && strides[i] !== expected) {
      throw wrongRange(`strides[${i}]`, `${expected} bytes, as the memory has to be contiguous`, strides[i]);
    }
    expected *= shape[i];
  }
}

function addressOf(name: string, value: unknown): bigint {
  if (typeof value === 'bigint') return address(name, value);
  if (typeof value !== 'number') throw wrongType(name, 'a number or a bigint', value);
  if (!Number.isSafeInteger(value) || value < 0) throw wrongRange(name, 'an integer in 0..2^53 - 1', value);
  return BigInt(value);
}

function streamOf(value: unknown): bigint | undefined {
  if (value === undefined || value === null) return undefined;
  const handle = addressOf('stream', value);
  if (handle === 0n) throw wrongRange('stream', 'another handle than 0, which could be either default stream', value);
  return handle;
}
