// A call of the loss as one stretch of memory: CallMemory of native/wasm/loss.cpp, the arrays behind it. The gradient takes the place of
// the predictions there.
import { sharesMemory } from '../../checks/arguments.js';
import { byteLengthNow, bytesOf, lengthNow, typedArrayType } from '../../checks/typed-arrays.js';
import type { HostBackend } from '../backend.js';
import { ARGUMENTS, Slot, Status, TARGET_TYPES } from '../enumerations.js';
import { aligned, type Memory } from './instance.js';

export type CallArguments = Parameters<HostBackend['evaluate']>;

export const PREDICTIONS = 1;
export const TARGETS = 2;
export const GRADIENT = 3;
export const LOSSES = 4;
/** Behind the arrays. */
const ARRAYS_END = 8;
const NUMBERS = 8;
const OUTPUTS = [GRADIENT, LOSSES] as const;
type Output = (typeof OUTPUTS)[number];

const OPERANDS_BEGIN = Slot.count * 8;
const ARRAYS_BEGIN = aligned(OPERANDS_BEGIN + ARGUMENTS.length * 8);

export const targetKind = (targets: ArrayBufferView): number => {
  const type = typedArrayType(targets);
  return TARGET_TYPES.indexOf((type === 'Uint8ClampedArray' ? 'Uint8Array' : type) as (typeof TARGET_TYPES)[number]);
};

/** In the order of TARGET_TYPES. */
const TYPES = [
  Int32Array,
  Uint8Array,
  Uint16Array,
  Uint32Array,
  BigInt64Array,
  Int8Array,
  Int16Array,
  Float32Array,
] as const;

/** Where each array of a call is in its memory. Reused from call to call: filled by `place`, used at once. */
export class CallLayout {
  readonly begins = new Uint32Array(ARGUMENTS.length);
  bytes = 0;
  #withPredictions = true;

  /** @param withPredictions Else they, and the gradient, are somewhere else, and nothing but their length is there. */
  place(call: CallArguments, withPredictions = true): this {
    let end = ARRAYS_BEGIN;
    this.begins.fill(0);
    for (let i = PREDICTIONS; i < ARRAYS_END; i++) {
      const array = call[i] as ArrayBufferView | null;
      if (array === null) continue;
      if (i === GRADIENT) {
        this.begins[i] = this.begins[PREDICTIONS];
        continue;
      }
      this.begins[i] = end;
      if (i !== PREDICTIONS || withPredictions) end = aligned(end + byteLengthNow(array));
    }
    this.bytes = end;
    this.#withPredictions = withPredictions;
    return this;
  }

  /** The same call on the arrays in that memory. */
  callOn(call: CallArguments, buffer: ArrayBuffer): CallArguments {
    const own = [...call] as CallArguments;
    for (let i = PREDICTIONS; i < ARRAYS_END; i++) {
      const array = call[i] as ArrayBufferView | null;
      if (array === null) continue;
      const Type = (i === TARGETS ? TYPES[targetKind(array)] : Float32Array) as Float32ArrayConstructor;
      own[i] = new Type(buffer, this.begins[i], lengthNow(array)) as never;
    }
    own[NUMBERS] = new Float64Array(buffer, 0, Slot.count);
    return own;
  }

  /** Writes the call to memory from `base` on, which is aligned. */
  write(call: CallArguments, { bytes, uint32, float32, float64 }: Memory, base: number): void {
    float64.set(call[NUMBERS], base / 8);
    const operands = (base + OPERANDS_BEGIN) / 4;
    for (let i = PREDICTIONS; i < ARRAYS_END; i++) {
      const array = call[i] as ArrayBufferView | null;
      uint32[operands + 2 * i] = this.begins[i];
      if (array === null) continue;
      const length = lengthNow(array);
      uint32[operands + 2 * i + 1] = length;
      if (length === 0) continue; // perhaps detached: what is missing is found by native code
      if (i === TARGETS) bytes.set(bytesOf(array), base + this.begins[i]);
      else if (i === GRADIENT || i === LOSSES || (i === PREDICTIONS && !this.#withPredictions)) continue;
      else float32.set(array as Float32Array, (base + this.begins[i]) / 4);
    }
  }

  /** Reads the results of the call from there. */
  read(call: CallArguments, { float32, float64 }: Memory, base: number, wanted: readonly Output[] = OUTPUTS): void {
    const numbers = call[NUMBERS];
    for (let slot = 0; slot < Slot.count; slot++) numbers[slot] = float64[base / 8 + slot];
    if (numbers[Slot.status] !== Status.ok) return;
    for (const output of wanted) {
      const array = call[output];
      const begin = (base + this.begins[output]) / 4;
      if (array !== null && lengthNow(array) > 0) array.set(float32.subarray(begin, begin + lengthNow(array)));
    }
  }
}

/** The arrays that a call writes. */
export const outputs = (call: CallArguments): { argument: number; array: Float32Array }[] =>
  OUTPUTS.flatMap((argument) => {
    const array = call[argument];
    return array === null ? [] : [{ argument, array }];
  });

/** Refuses arrays whose sizes do not go together, as one was detached since they were checked; false if it did. */
export function checkSizes(call: CallArguments): boolean {
  const numbers = call[NUMBERS];
  const elements = lengthNow(call[PREDICTIONS]);
  const rows = elements / numbers[Slot.classes];
  const perTarget = typedArrayType(call[TARGETS]) === 'Float32Array' ? elements : rows;
  const sizes = [elements, perTarget, elements, rows, numbers[Slot.classes], rows, rows];
  const wrong = sizes.findIndex((size, i) => {
    const array = call[PREDICTIONS + i] as ArrayBufferView | null;
    return array !== null && lengthNow(array) !== size;
  });
  if (wrong < 0) return true;
  numbers[Slot.status] = Status.badArgument;
  numbers[Slot.which] = PREDICTIONS + wrong;
  return false;
}

/** Refuses outputs that share memory with another array; false if it did. */
export function checkOverlap(call: CallArguments): boolean {
  const numbers = call[NUMBERS];
  for (const { argument: output, array: written } of outputs(call)) {
    for (let i = PREDICTIONS; i < ARRAYS_END; i++) {
      const other = call[i] as ArrayBufferView | null;
      if (i === output || other === null || !sharesMemory(written, other)) continue;
      // In place: they have the same length.
      if (output === GRADIENT && i === PREDICTIONS && other.byteOffset === written.byteOffset) continue;
      numbers[Slot.status] = Status.overlap;
      numbers[Slot.which] = output;
      numbers[Slot.other] = i;
      return false;
    }
  }
  return true;
}
