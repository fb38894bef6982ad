// A call of the loss as one stretch of memory: CallMemory of native/wasm/loss.cpp, the arrays behind it. The gradient takes the place of
// the predictions there.
import { sharesMemory } from '../../checks/arguments.js';
import { typedArrayType } from '../../checks/errors.js';
import type { HostBackend } from '../backend.js';
import { ARGUMENTS, Slot, Status, TARGET_TYPES } from '../enumerations.js';
import { aligned, type Memory } from './instance.js';

export type CallArguments = Parameters<HostBackend['evaluate']>;

const PREDICTIONS = 1;
const TARGETS = 2;
const GRADIENT = 3;
const LOSSES = 4;
/** Behind the arrays. */
const ARRAYS_END = 8;
const NUMBERS = 8;
const OUTPUTS = [GRADIENT, LOSSES] as const;

const OPERANDS_BEGIN = Slot.count * 8;
const ARRAYS_BEGIN = aligned(OPERANDS_BEGIN + ARGUMENTS.length * 8);

export const targetKind = (targets: ArrayBufferView): number => {
  const type = typedArrayType(targets);
  return TARGET_TYPES.indexOf((type === 'Uint8ClampedArray' ? 'Uint8Array' : type) as (typeof TARGET_TYPES)[number]);
};

const asBytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Where each array of a call is in its memory. Reused from call to call: filled by `place`, used at once. */
export class CallLayout {
  readonly begins = new Uint32Array(ARGUMENTS.length);
  bytes = 0;

  place(call: CallArguments): this {
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
      end = aligned(end + array.byteLength);
    }
    this.bytes = end;
    return this;
  }

  /** Writes the call to memory from `base` on, which is aligned. */
  write(call: CallArguments, { bytes, uint32, float32, float64 }: Memory, base: number): void {
    float64.set(call[NUMBERS], base / 8);
    const operands = (base + OPERANDS_BEGIN) / 4;
    for (let i = PREDICTIONS; i < ARRAYS_END; i++) {
      const array = call[i] as (ArrayBufferView & { length: number }) | null;
      uint32[operands + 2 * i] = this.begins[i];
      if (array === null) continue;
      uint32[operands + 2 * i + 1] = array.length;
      if (i === TARGETS) bytes.set(asBytes(array), base + this.begins[i]);
      else if (i !== GRADIENT && i !== LOSSES) float32.set(array as Float32Array, (base + this.begins[i]) / 4);
    }
  }

  /** Reads the results of the call from there. */
  read(call: CallArguments, { float32, float64 }: Memory, base: number): void {
    const numbers = call[NUMBERS];
    for (let slot = 0; slot < Slot.count; slot++) numbers[slot] = float64[base / 8 + slot];
    if (numbers[Slot.status] !== Status.ok) return;
    for (const output of OUTPUTS) {
      const array = call[output];
      const begin = (base + this.begins[output]) / 4;
      if (array !== null) array.set(float32.subarray(begin, begin + array.length));
    }
  }
}

/** The arrays that a call writes. */
export const outputs = (call: CallArguments): { argument: number; array: Float32Array }[] =>
  OUTPUTS.flatMap((argument) => {
    const array = call[argument];
    return array === null ? [] : [{ argument, array }];
  });

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
