// The arrays of a case on the GPU. Large predictions repeat a block of random rows, so that the host makes only that.
import { DeviceArray } from 'squared-emd';
import { toFloat32 } from '../../test/gpu/half.js';
import type { GpuCase } from './cases.js';

export interface GpuArrays {
  predictions: DeviceArray;
  labels: DeviceArray;
  gradient: DeviceArray;
  /** float32[4] for the loss, so that nothing is read back. */
  lossOut: DeviceArray;
  /** The first rows again, for verification: float32 logits, rounded to the case's type, and their labels. */
  head: { logits: Float32Array; labels: Int32Array };
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

export function makeArrays({ classes, rows, dtype }: GpuCase): GpuArrays {
  const blockRows = Math.min(rows, Math.max(1, Math.floor(BLOCK_ELEMENTS / classes)));
  const block = DeviceArray.from(randomLogits(blockRows * classes), { dtype });
  const host = block.toHost() as Float32Array | Uint16Array;
  const predictions = DeviceArray.allocate(dtype, rows * classes);
  for (let row = 0; row < rows; row += blockRows) {
    const count = Math.min(blockRows, rows - row) * classes;
    predictions.subarray(row * classes, row * classes + count).copyFrom(host.subarray(0, count));
  }
  const labels = Int32Array.from({ length: rows }, (_, row) => (row * 7919) % classes);
  const headRows = Math.min(rows, HEAD_ROWS);
  const arrays = {
    predictions,
    labels: DeviceArray.from(labels),
    gradient: DeviceArray.allocate(dtype, rows * classes),
    lossOut: DeviceArray.allocate('float32', 4),
  };
  block.dispose();
  return {
    ...arrays,
    head: { logits: toFloats(host.subarray(0, headRows * classes), dtype), labels: labels.slice(0, headRows) },
    dispose: () => {
      for (const array of Object.values(arrays)) array.dispose();
    },
  };
}

/** float32 from what {@link DeviceArray.toHost} gives. */
export const toFloats = (values: Float32Array | Uint16Array, dtype: GpuCase['dtype']): Float32Array =>
  dtype === 'float32' ? (values as Float32Array).slice() : toFloat32(dtype, values);
