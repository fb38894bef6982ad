// Compares the first rows with the CPU kernels before anything is timed.
import { emdLoss } from 'squared-emd';
import { type GpuArrays, toFloats } from './arrays.js';
import { type GpuCase, optionsOf } from './cases.js';

/** Relative: half a unit in the last place of the gradient's type, and what float32 arithmetic loses. */
const TOLERANCE = { float32: 1e-5, float16: 2 ** -10, bfloat16: 2 ** -7 } as const;
/** Absolute, as below the smallest normal number of float16 the error is absolute. */
const SMALLEST = { float32: 0, float16: 2 ** -24, bfloat16: 0 } as const;

/** `arrays.gradient` has been computed with reduction 'sum'. */
export function verify(work: GpuCase, arrays: GpuArrays): void {
  const { logits, targets } = arrays.head;
  const expected = emdLoss(logits, targets, optionsOf(work)).gradient as Float32Array;
  const head = arrays.gradient.subarray(0, expected.length).toHost() as Float32Array | Uint16Array;
  const actual = toFloats(head, work.dtype);
  for (let row = 0; row < logits.length / work.classes; row++) {
    let error = 0;
    let norm = 0;
    for (let i = row * work.classes; i < (row + 1) * work.classes; i++) {
      error += (actual[i] - expected[i]) ** 2;
      norm += expected[i] ** 2;
    }
    const bound = TOLERANCE[work.dtype] * Math.sqrt(norm) + SMALLEST[work.dtype] * Math.sqrt(work.classes);
    if (!(Math.sqrt(error) <= bound)) {
      throw new Error(`row ${row} of the gradient is ${Math.sqrt(error)} from the CPU's, expected at most ${bound}`);
    }
  }
}
