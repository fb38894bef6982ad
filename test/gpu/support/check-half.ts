// Results in half precision, beside the oracle and those of the same predictions in float32.
import * as assert from 'uvu/assert';
import { DeviceArray, emdLoss } from '../../../lib/index.js';
import { type Half, toFloat32, unitAt } from '../../../shared/half.js';
import { optionsOf, targetsOf } from '../../../shared/oracle/call.js';
import { norm } from '../../../shared/oracle/numbers.js';
import { type Problem, rowOf } from '../../../shared/oracle/oracle.js';
import { checkResult } from '../../support/check.js';
import { release, toHost } from './device-call.js';

const floatsOf = (half: Half, array: DeviceArray) => toFloat32(half, array.toHost() as Uint16Array);

// The gradient is that of the same predictions as float32, rounded. Sums are in another order, as threads have other classes, which
// shows in entries that are small differences of larger numbers.
export function checkHalf(half: Half, whole: Problem, inPlace: boolean, what: string): void {
  const predictions = DeviceArray.from(Float32Array.from(whole.predictions), { dtype: half });
  const problem = { ...whole, predictions: floatsOf(half, predictions) };
  const call = (array: DeviceArray, gradient: true | DeviceArray) =>
    emdLoss(array, targetsOf(problem.targets), { ...optionsOf(problem), losses: true, gradient });
  const wide = DeviceArray.from(problem.predictions);
  const exact = toHost(call(wide, true));
  const rounded = call(predictions, inPlace ? predictions : true);
  const gradient = rounded.gradient as DeviceArray;
  assert.is(gradient.dtype, half);
  if (inPlace) assert.is(gradient, predictions);
  const losses = (rounded.losses as DeviceArray).toHost() as Float32Array;
  checkResult(problem, { ...rounded, losses, gradient: null }, what);
  const { classes, inner = 1 } = problem;
  const received = floatsOf(half, gradient);
  for (let row = 0; row < received.length / classes; row++) {
    const wanted = rowOf(exact.gradient as Float32Array, row, classes, inner);
    const bySums = 1e-6 * norm(wanted);
    rowOf(received, row, classes, inner).forEach((entry, i) => {
      const bound = 0.5 * unitAt(half, wanted[i]) + 1e-5 * Math.abs(wanted[i]) + bySums;
      const right = Math.abs(entry - wanted[i]) <= bound;
      assert.ok(right, `${what}: row ${row}, class ${i}: expected ${wanted[i]}, received ${entry}`);
    });
  }
  release(wide, predictions, gradient, rounded.losses);
}
