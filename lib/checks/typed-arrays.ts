// Reads the built-in properties of typed arrays, even if an array has been given properties with the same names.

type Getter<T> = (this: unknown) => T;

const prototype = Object.getPrototypeOf(Float32Array.prototype);
const getter = <T>(name: string | symbol) => Object.getOwnPropertyDescriptor(prototype, name)?.get as Getter<T>;

const tag = getter<string | undefined>(Symbol.toStringTag);
const buffer = getter<ArrayBufferLike>('buffer');
const byteOffset = getter<number>('byteOffset');
const byteLength = getter<number>('byteLength');
const length = getter<number>('length');

/** The name of a typed array's type, also for arrays from other realms; undefined for everything else. */
export const typedArrayType = (value: unknown): string | undefined => tag.call(value);

/** The number of elements at present; 0 if the array is detached. */
export const lengthNow = (array: ArrayBufferView): number => length.call(array);

/** The array's memory as bytes. */
export const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer.call(array), byteOffset.call(array), byteLength.call(array));

export const byteLengthNow = (array: ArrayBufferView): number => byteLength.call(array);
