// The arrays of a case on the GPU. Large predictions repeat a block of random rows, so that the host makes only one block.
import { DeviceArray } from 'squared-emd';
import { toFloat32 } from '../../shared/half.js';
import type { GpuCase } from './cases.js';

export interface GpuArrays {
  predictions: DeviceArray;
  /** Class indices, or distributions. */
  targets: DeviceArray;
  gradient: DeviceArray;
  /** float32[4] for the loss, so that nothing is read back. */
  lossOut: DeviceArray;
  /** A copy of the first rows for verification: float32 logits, rounded to the case's type, and their targets. */
  head: { logits: Float32Array; targets: Int32Array | Float32Array };
  dispose(): void;
}

const BLOCK_ELEMENTS = 1 << 22;
const HEAD_ROWS = 16;

/** Uniform in [-2, 2), the same on every machine. */
function randomLogits(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 30;
  });
}

/** A softmax of each row. */
function distributions(logits: Float32Array, classes: number): Float32Array {
  const result = logits.map(Math.exp);
  for (let row = 0; row < result.length; row += classes) {
    const one = result.subarray(row, row + classes);
    const sum = one.reduce((a, b) => a + b, 0);
    one.forEach((value, i) => {
      one[i] = value / sum;
    });
  }
  return result;
}

/** An array on the GPU that repeats a block of rows. */
function repeated(block: Float32Array | Uint16Array, length: number, dtype: GpuCase['dtype']): DeviceArray {
  const array = DeviceArray.allocate(dtype, length);
  for (let begin = 0; begin < length; begin += block.length) {
    const count = Math.min(block.length, length - begin);
    array.subarray(begin, begin + count).copyFrom(block.subarray(0, count));
  }
  return array;
}

export function makeArrays({ classes, rows, dtype, form }: GpuCase): GpuArrays {
  const blockRows = Math.min(rows, Math.max(1, Math.floor(BLOCK_ELEMENTS / classes)));
  const block = DeviceArray.from(randomLogits(blockRows * classes), { dtype });
  const host = block.toHost() as Float32Array | Uint16Array;
  const headRows = Math.min(rows, HEAD_ROWS);
  const targets = form?.distributions
    ? distributions(randomLogits(blockRows * classes).reverse(), classes)
    : Int32Array.from({ length: rows }, (_, row) => (row * 7919) % classes);
  const arrays = {
    predictions: repeated(host, rows * classes, dtype),
    targets: targets instanceof Int32Array ? DeviceArray.from(targets) : repeated(targets, rows * classes, 'float32'),
    gradient: DeviceArray.allocate(dtype, rows * classes),
    lossOut: DeviceArray.allocate('float32', 4),
  };
  block.dispose();
  return {
    ...arrays,
    head: {
      logits: toFloats(host.subarray(0, headRows * classes), dtype),
      targets: targets.slice(0, form?.distributions ? headRows * classes : headRows),
    },
    dispose: () => {
      for (const array of Object.values(arrays)) array.dispose();
    },
  };
}

/** Converts the result of {@link DeviceArray.toHost} to float32. */
export const toFloats = (values: Float32Array | Uint16Array, dtype: GpuCase['dtype']): Float32Array =>
  dtype === 'float32' ? (values as Float32Array).slice() : toFloat32(dtype, values);
