// The types of elements in device memory, and the typed arrays that hold them in host memory.

import type { HostArray } from '../backends/backend.js';
import { typedArrayType, wrongRange, wrongType } from '../checks/errors.js';
import { float16Bits, float32Bits } from './float16.js';

/** native/napi/gpu/device_array.h has them in the same order. */
export const DTYPES = ['float32', 'float16', 'bfloat16', 'int32', 'int64', 'uint8'] as const;

/** The type of the elements of a DeviceArray. */
export type DType = (typeof DTYPES)[number];

interface Kind {
  readonly bytes: number;
  /** The typed array of the same bits; float16 and bfloat16 are their bits. */
  readonly host: { new (length: number): HostArray; readonly name: string; readonly BYTES_PER_ELEMENT: number };
  /** As in the CUDA Array Interface; NumPy has no type for bfloat16, and writes it as two bytes. */
  readonly typestr: string;
}

const KINDS: Readonly<Record<DType, Kind>> = {
  float32: { bytes: 4, host: Float32Array, typestr: '<f4' },
  float16: { bytes: 2, host: Uint16Array, typestr: '<f2' },
  bfloat16: { bytes: 2, host: Uint16Array, typestr: '<V2' },
  int32: { bytes: 4, host: Int32Array, typestr: '<i4' },
  int64: { bytes: 8, host: BigInt64Array, typestr: '<i8' },
  uint8: { bytes: 1, host: Uint8Array, typestr: '|u1' },
};

export const kindOf = (dtype: DType): Kind => KINDS[dtype];

export const isHalf = (dtype: DType): boolean => dtype === 'float16' || dtype === 'bfloat16';

export function dtypeOf(name: string, value: unknown): DType {
  if (typeof value !== 'string' || !Object.hasOwn(KINDS, value)) {
    throw wrongType(name, `'${DTYPES.join("' or '")}'`, value);
  }
  return value as DType;
}

/** The type whose elements a typed array holds; undefined for Uint16Array, whose bits may be two, and for other arrays. */
export function dtypeOfHost(array: unknown): DType | undefined {
  const type = typedArrayType(array);
  return type === 'Uint16Array' ? undefined : DTYPES.find((dtype) => KINDS[dtype].host.name === type);
}

export function dtypeOfTypestr(name: string, value: unknown): DType {
  if (value === '<u1') return 'uint8';
  if (value === '|V2') return 'bfloat16';
  const found = DTYPES.find((dtype) => KINDS[dtype].typestr === value);
  if (found !== undefined) return found;
  throw wrongType(name, `'${DTYPES.map((dtype) => KINDS[dtype].typestr).join("' or '")}'`, value);
}

function bfloat16Bits(value: number): number {
  const bits = float32Bits(value);
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

const SAFE = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];

/** The bits of one element. Floating-point types take any number, integers those that they hold; int64 bigints, too. */
export function elementBits(name: string, value: unknown, dtype: DType): bigint {
  if (dtype === 'int64' && typeof value === 'bigint') {
    if (BigInt.asIntN(64, value) !== value) throw wrongRange(name, 'an integer of 64 bits', value);
    return BigInt.asUintN(64, value);
  }
  if (typeof value !== 'number') throw wrongType(name, dtype === 'int64' ? 'a number or a bigint' : 'a number', value);
  switch (dtype) {
    case 'float32':
      return BigInt(float32Bits(value));
    case 'float16':
      return BigInt(float16Bits(value));
    case 'bfloat16':
      return BigInt(bfloat16Bits(value));
    default: {
      const [low, high] = { int32: [-(2 ** 31), 2 ** 31 - 1], uint8: [0, 255], int64: SAFE }[dtype];
      if (!Number.isInteger(value) || value < low || value > high) {
        throw wrongRange(name, `an integer in ${low}..${high}`, value);
      }
      return BigInt.asUintN(64, BigInt(value));
    }
  }
}
