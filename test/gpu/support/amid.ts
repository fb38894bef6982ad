// Arrays in the middle of larger ones: rows may begin anywhere in memory, and nothing beside them may be touched.
import * as assert from 'uvu/assert';
import { DeviceArray } from '../../../lib/index.js';
import { type Half, toFloat32 } from '../../../shared/half.js';

/** The array in the middle of a larger one that is filled with a guard, and a check that the guard is untouched. */
export function amid(values: Float32Array, dtype: 'float32' | Half, offset: number) {
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
