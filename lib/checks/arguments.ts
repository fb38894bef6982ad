// Checks of arguments, each with a message that names the argument, what was expected and what was received.

import { wrongRange, wrongType } from './errors.js';
import { MAX_SQUARE_BYTES, SMALLEST } from './limits.js';
import { typedArrayType } from './typed-arrays.js';

/** Numbers as an array or a typed array, of which a copy is made. */
export type Numbers =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | readonly number[];

export function integer(name: string, value: unknown, low: number, high: number): number {
  if (typeof value !== 'number') throw wrongType(name, `an integer in ${low}..${high}`, value);
  if (!Number.isInteger(value) || value < low || value > high) {
    throw wrongRange(name, `an integer in ${low}..${high}`, value);
  }
  return value;
}

/** A finite float32 number that is not negative. */
export function weight(name: string, value: unknown): number {
  if (typeof value !== 'number') throw wrongType(name, 'a number', value);
  if (!(value >= 0 && Math.fround(value) < Infinity)) {
    throw wrongRange(name, 'a finite float32 number that is not negative', value);
  }
  return value;
}

/** A share of which something is left. */
export function share(name: string, value: unknown): number {
  if (typeof value !== 'number') throw wrongType(name, 'a number in [0, 1)', value);
  if (!(value >= 0 && value < 1)) throw wrongRange(name, 'a number in [0, 1)', value);
  return value;
}

/** Whether a number is greater than 0 and finite also in float32, in which kernels compute. */
export const isPositive = (value: number): boolean => value >= SMALLEST && Math.fround(value) < Infinity;

/** The index of a string among the allowed ones. */
export function choice(name: string, value: unknown, allowed: readonly string[]): number {
  const index = allowed.indexOf(value as string);
  if (index < 0) throw wrongType(name, `'${allowed.join("' or '")}'`, value);
  return index;
}

/** Throws for unknown names, as a misspelt option would otherwise be ignored. */
export function onlyKnown(options: object, known: Readonly<Record<string, true>>): void {
  for (const name in options) {
    if (known[name] !== true)
      throw new TypeError(`${name}: expected one of the options ${Object.keys(known).join(', ')}`);
  }
}

/** Throws for what is not an object of known options. */
export function knownOptions(options: unknown, known: Readonly<Record<string, true>>): void {
  onlyKnown(optionsObject(options), known);
}

/** A table of options without some of them. */
export function without<Name extends string, Left extends Name>(
  known: Readonly<Record<Name, true>>,
  ...names: readonly Left[]
): Readonly<Record<Exclude<Name, Left>, true>> {
  const rest: Record<string, true> = { ...known };
  for (const name of names) delete rest[name];
  return rest as Record<Exclude<Name, Left>, true>;
}

export function optionsObject(value: unknown): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw wrongType('options', 'an object', value);
  }
  return value;
}

const elementAt = Float32Array.prototype.at as (this: ArrayBufferView, index: number) => unknown;

/** The length of a typed array. TypeError for a view of a detached buffer or beyond a shrunk one, which only seems empty. */
export function attachedLength(name: string, array: ArrayBufferView & { readonly length: number }): number {
  const length = array.length;
  if (length === 0) {
    try {
      elementAt.call(array, 0);
    } catch {
      throw new TypeError(`${name}: expected an array with its memory, received a detached or out-of-bounds view`);
    }
  }
  return length;
}

/** A Float32Array of this length; `shape` says where the length comes from. */
export function float32(name: string, value: unknown, length: number, shape: string): Float32Array {
  if (typedArrayType(value) !== 'Float32Array') throw wrongType(name, `a Float32Array of ${shape}`, value);
  const array = value as Float32Array;
  if (attachedLength(name, array) !== length) throw wrongRange(name, `${length} elements (${shape})`, array);
  return array;
}

/** The number of rows of a Float32Array with `width` numbers per row. */
export function wholeRows(name: string, value: unknown, width: number): number {
  if (typedArrayType(value) !== 'Float32Array') throw wrongType(name, 'a Float32Array', value);
  const rows = attachedLength(name, value as Float32Array) / width;
  if (Number.isInteger(rows)) return rows;
  throw wrongRange(name, `a multiple of ${width} elements (as many per row)`, value);
}

/** Whether two arrays have memory in common. */
export function sharesMemory(a: ArrayBufferView, b: ArrayBufferView): boolean {
  return (
    a.buffer === b.buffer && a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength
  );
}

/** Whether a value is a typed array whose elements are numbers, not bigints. */
export function isTypedNumbers(value: unknown): boolean {
  const type = typedArrayType(value);
  return type !== undefined && !type.startsWith('Big');
}

/** A copy of numbers in double precision. `check` throws for those that are invalid. */
export function copyNumbers(
  name: string,
  value: unknown,
  low: number,
  high: number,
  check: (name: string, value: number, index: number) => void,
): Float64Array {
  const list = Array.isArray(value);
  if (!list && !isTypedNumbers(value)) throw wrongType(name, 'an array or a typed array of numbers', value);
  const length = list ? value.length : attachedLength(name, value as Float32Array);
  if (!(length >= low && length <= high)) {
    const expected = low === high ? low : high === Infinity ? `at least ${low}` : `${low}..${high}`;
    throw wrongRange(name, `${expected} elements`, value);
  }
  const copy = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const element: unknown = (value as Numbers)[i];
    if (typeof element !== 'number') throw wrongType(`${name}[${i}]`, 'a number', element);
    check(name, element, i);
    copy[i] = element;
  }
  return copy;
}

type TypedArrayConstructor<A> = { new (length: number): A; readonly BYTES_PER_ELEMENT: number };

const gigabytes = (bytes: number) => `${Number((bytes / 1e9).toPrecision(3))} GB`;

/** A new typed array; `name` is the argument that decides its length. @throws RangeError that says how much memory is missing. */
export function allocate<A>(name: string, length: number, type: TypedArrayConstructor<A>): A {
  try {
    return new type(length);
  } catch {
    const needed = gigabytes(length * type.BYTES_PER_ELEMENT);
    throw new RangeError(
      `${name}: expected what there is memory for, received a need for ${needed} (${length} numbers)`,
    );
  }
}

/** A new matrix [count, count]. @throws RangeError if it is so large that it must be a mistake, or memory is short. */
export function allocateSquare<A>(name: string, count: number, type: TypedArrayConstructor<A>): A {
  refuseHugeSquare(name, count, type.BYTES_PER_ELEMENT);
  return allocate(name, count * count, type);
}

/** @throws RangeError if a matrix [count, count] would need more than `bytes`. */
export function refuseHugeSquare(name: string, count: number, bytesPerNumber: number, bytes = MAX_SQUARE_BYTES): void {
  const most = Math.floor(Math.sqrt(bytes / bytesPerNumber));
  if (count <= most) return;
  const needed = gigabytes(count * count * bytesPerNumber);
  throw wrongRange(name, `at most ${most}, as a matrix [${count}, ${count}] would need ${needed}`, count);
}

/** A copy of `length` weights in double precision. */
export function copyWeights(name: string, value: unknown, length: number): Float64Array {
  return copyNumbers(name, value, length, length, (list, element, index) => void weight(`${list}[${index}]`, element));
}
