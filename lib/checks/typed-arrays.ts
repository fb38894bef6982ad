// Reads the built-in properties of typed arrays, even if an array has been given properties with the same names.

type Getter<T> = (this: unknown) => T;

const prototype = Object.getPrototypeOf(Float32Array.prototype);
const getter = <T>(name: string | symbol) => Object.getOwnPropertyDescriptor(prototype, name)?.get as Getter<T>;

const tag = getter<string | undefined>(Symbol.toStringTag);
const buffer = /* @__PURE__ */ getter<ArrayBufferLike>('buffer');
const byteOffset = /* @__PURE__ */ getter<number>('byteOffset');
const byteLength = /* @__PURE__ */ getter<number>('byteLength');
const length = /* @__PURE__ */ getter<number>('length');

/** The name of a typed array's type, also for arrays from other realms; undefined for everything else. */
export const typedArrayType = (value: unknown): string | undefined => tag.call(value);

/** The number of elements at present; 0 if the array is detached. */
export const lengthNow = (array: ArrayBufferView): number => length.call(array);

/** The array's memory as bytes. */
export const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer.call(array), byteOffset.call(array), byteLength.call(array));

const BUILT_IN = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float32Array,
  Float64Array,
};

/** Elements of an array as one of the built-in types: `subarray` calls the constructor of a derived class, with its parameters. */
export function viewOf<A extends ArrayBufferView>(array: A, begin = 0, end = lengthNow(array)): A {
  const Type = BUILT_IN[typedArrayType(array) as 'Float32Array'];
  const bytes = begin * Type.BYTES_PER_ELEMENT;
  return new Type(buffer.call(array), byteOffset.call(array) + bytes, end - begin) as ArrayBufferView as A;
}

/** A copy as one of the built-in types: `slice` calls the constructor of a derived class, and that of a Buffer copies nothing. */
export const copyOf = <A extends ArrayBufferView & { slice(): unknown }>(array: A): A => viewOf(array).slice() as A;

export const byteLengthNow = (array: ArrayBufferView): number => byteLength.call(array);
