// The element types in device memory, and the typed arrays that hold them in host memory.

import type { HostArray } from '../backends/backend.js';
import { DTYPES } from '../backends/enumerations.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { typedArrayType } from '../checks/typed-arrays.js';
import { float16Bits, float32Bits } from './float16.js';

/** The type of the elements of a DeviceArray. */
export type DType = (typeof DTYPES)[number];

interface ElementType {
  readonly bytes: number;
  /** The typed array with the same bits; for float16 and bfloat16 that of the bits themselves. */
  readonly host: { new (length: number): HostArray; readonly name: string; readonly BYTES_PER_ELEMENT: number };
  /** The type in the CUDA Array Interface. NumPy has none for bfloat16, and calls it two bytes. */
  readonly typestr: string;
  /** Floats for predictions and gradients, or integers for class indices. */
  readonly holds: 'floats' | 'labels';
  /** The bits of an element that holds this number. */
  bits(value: number): number | bigint;
  /** For integers, the smallest and the largest number. */
  readonly range?: readonly [low: number, high: number];
}

const integers = (range: ElementType['range']) => ({ holds: 'labels', bits: BigInt, range }) as const;

const ELEMENT_TYPES: Readonly<Record<DType, ElementType>> = {
  float32: { bytes: 4, host: Float32Array, typestr: '<f4', holds: 'floats', bits: float32Bits },
  float16: { bytes: 2, host: Uint16Array, typestr: '<f2', holds: 'floats', bits: float16Bits },
  bfloat16: { bytes: 2, host: Uint16Array, typestr: '<V2', holds: 'floats', bits: bfloat16Bits },
  int32: { bytes: 4, host: Int32Array, typestr: '<i4', ...integers([-(2 ** 31), 2 ** 31 - 1]) },
  int64: {
    bytes: 8,
    host: BigInt64Array,
    typestr: '<i8',
    ...integers([Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]),
  },
  uint8: { bytes: 1, host: Uint8Array, typestr: '|u1', ...integers([0, 255]) },
};

export const elementType = (dtype: DType): ElementType => ELEMENT_TYPES[dtype];

const holding = (what: ElementType['holds']) => DTYPES.filter((dtype) => ELEMENT_TYPES[dtype].holds === what);
/** The types of predictions and gradients. */
export const FLOAT_DTYPES: readonly DType[] = holding('floats');
/** The types of class indices. */
export const LABEL_DTYPES: readonly DType[] = holding('labels');

/** Whether float32 numbers are converted to it. */
const isHalf = (dtype: DType): boolean => ELEMENT_TYPES[dtype].host === Uint16Array;

export function dtypeOf(name: string, value: unknown): DType {
  if (typeof value !== 'string' || !Object.hasOwn(ELEMENT_TYPES, value)) {
    throw wrongType(name, `'${DTYPES.join("' or '")}'`, value);
  }
  return value as DType;
}

/** The element type of a typed array; undefined for Uint16Array, which may be either of two types, and for other arrays. */
export function dtypeOfHost(array: unknown): DType | undefined {
  const type = typedArrayType(array);
  return type === 'Uint16Array' ? undefined : DTYPES.find((dtype) => ELEMENT_TYPES[dtype].host.name === type);
}

export function dtypeOfTypestr(name: string, value: unknown): DType {
  if (value === '<u1') return 'uint8';
  if (value === '|V2') return 'bfloat16';
  const found = DTYPES.find((dtype) => ELEMENT_TYPES[dtype].typestr === value);
  if (found !== undefined) return found;
  throw wrongType(name, `'${DTYPES.map((dtype) => ELEMENT_TYPES[dtype].typestr).join("' or '")}'`, value);
}

function bfloat16Bits(value: number): number {
  const bits = float32Bits(value);
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** The bits of one element. Floating-point types take any number, integer types those in their range, int64 also bigints. */
export function elementBits(name: string, value: unknown, dtype: DType): bigint {
  if (dtype === 'int64' && typeof value === 'bigint') {
    if (BigInt.asIntN(64, value) !== value) throw wrongRange(name, 'an integer of 64 bits', value);
    return BigInt.asUintN(64, value);
  }
  if (typeof value !== 'number') throw wrongType(name, dtype === 'int64' ? 'a number or a bigint' : 'a number', value);
  const { bits, range } = ELEMENT_TYPES[dtype];
  if (range && !(Number.isInteger(value) && value >= range[0] && value <= range[1])) {
    throw wrongRange(name, `an integer in ${range[0]}..${range[1]}`, value);
  }
  return BigInt.asUintN(64, BigInt(bits(value)));
}

/** @throws TypeError unless it is the type's own typed array or, for uploads, one that is converted. */
export function checkHost(name: string, host: unknown, dtype: DType, upload: boolean): asserts host is HostArray {
  const own = elementType(dtype).host.name;
  const type = typedArrayType(host);
  const converts = upload && isHalf(dtype);
  if (type === own || (converts && type === 'Float32Array')) return;
  throw wrongType(
    name,
    `${own.startsWith('I') ? 'an' : 'a'} ${own}${converts ? ' or a Float32Array' : ''} (${dtype})`,
    host,
  );
}
