// Rows may begin anywhere in memory: arrays in the middle of larger ones, beside which nothing may be touched.
import * as assert from 'uvu/assert';
import { DeviceArray, emdLoss } from '../../../lib/index.js';
import { type Half, toFloat32 } from '../../../shared/half.js';
import { optionsOf, predictionsOf, targetsOf } from '../../../shared/oracle/call.js';
import type { Problem } from '../../../shared/oracle/oracle.js';
import { sameBits } from '../../support/bits.js';
import { release } from './device-call.js';

/** The array in the middle of a larger one that is filled with a guard, and a check that the guard is untouched. */
function amid(values: Float32Array, dtype: 'float32' | Half, offset: number) {
  const guard = 17;
  const whole = DeviceArray.allocate(dtype, values.length + 16).fill(guard);
  const array = whole.subarray(offset, offset + values.length);
  array.copyFrom(values);
  const toFloats = () => {
    const all = whole.toHost();
    return dtype === 'float32' ? (all as Float32Array) : toFloat32(dtype, all as Uint16Array);
  };
  const check = (what: string): Float32Array => {
    const all = toFloats();
    all.forEach((value, i) => {
      if (i < offset || i >= offset + values.length) assert.is(value, guard, `${what}: element ${i - offset}`);
    });
    return all.slice(offset, offset + values.length);
  };
  return { whole, array, check };
}

/** Where predictions, distributions and gradient begin, in elements. */
const PLACES = [
  [0, 0, 0],
  [1, 0, 1],
  [0, 1, 3],
  [5, 2, 2],
  [4, 7, 4],
  [7, 3, 8],
];

/** Checks that the gradient is the same to the last bit wherever the arrays are, and that nothing beside them is touched. */
export function sameAnywhere(problem: Problem, dtype: 'float32' | Half, label: string): void {
  const predictions = predictionsOf(problem);
  const targets = targetsOf(problem.targets);
  let expected: Float32Array | undefined;
  for (const [from, of, to] of PLACES) {
    const what = `${label}, from ${from}, targets from ${of}, to ${to}`;
    const input = amid(predictions, dtype, from);
    const output = amid(new Float32Array(predictions.length), dtype, to);
    const masses = targets instanceof Float32Array ? amid(targets, 'float32', of) : undefined;
    emdLoss(input.array, masses?.array ?? targets, { ...optionsOf(problem), gradient: output.array });
    input.check(`${what}: predictions`);
    masses?.check(`${what}: targets`);
    const gradient = output.check(what);
    expected ??= gradient;
    sameBits(gradient, expected, what);
    release(input.whole, masses?.whole, output.whole);
  }
}
