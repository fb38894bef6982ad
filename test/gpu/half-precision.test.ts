// float16 and bfloat16: conversions to the last bit, and losses that are computed in float32 and rounded once.
import * as assert from 'uvu/assert';
import { DeviceArray, emdLoss } from '../../lib/index.js';
import { fromHalf, HALVES, type Half, toFloat32, unitAt } from '../../shared/half.js';
import { optionsOf, targetsOf } from '../../shared/oracle/call.js';
import type { Problem } from '../../shared/oracle/oracle.js';
import { type Description, MAIN_GROUNDS, makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { checkResult } from '../support/check.js';
import { seed } from '../support/scale.js';
import { release, toHost } from './support/device-call.js';
import { gpuSuite } from './support/gpu.js';

const test = gpuSuite('half precision');

const ALL = Uint16Array.from({ length: 65536 }, (_, i) => i);
const bitsOf = (array: DeviceArray) => array.toHost() as Uint16Array;
const convert = (half: Half, values: Float32Array) => {
  const array = DeviceArray.from(values, { dtype: half });
  const bits = bitsOf(array);
  array.dispose();
  return bits;
};

for (const half of HALVES) {
  test(`${half}: bits go up and come down`, () => {
    assert.equal(bitsOf(DeviceArray.from(ALL, { dtype: half })), ALL);
  });

  test(`${half}: every number of it is converted to itself`, () => {
    const converted = convert(half, toFloat32(half, ALL));
    for (const value of ALL) {
      const expected = fromHalf(half, value);
      if (Number.isNaN(expected)) assert.ok(Number.isNaN(fromHalf(half, converted[value])), `NaN ${value}`);
      else assert.is(converted[value], value);
    }
  });

  test(`${half}: numbers between two neighbours go to the nearer one, and halfway to the even one`, () => {
    const finite = Array.from(ALL.subarray(0, 0x7fff)).filter((value) => Number.isFinite(fromHalf(half, value + 1)));
    const middles = Float32Array.from(finite, (value) => (fromHalf(half, value) + fromHalf(half, value + 1)) / 2);
    const halfway = convert(half, middles);
    const above = convert(half, middles.map(nextUp));
    const below = convert(
      half,
      middles.map((value) => -nextUp(-value)),
    );
    finite.forEach((value, i) => {
      assert.is(halfway[i], value + (value & 1), `halfway above ${value}`);
      assert.is(above[i], value + 1, `above halfway above ${value}`);
      assert.is(below[i], value, `below halfway above ${value}`);
    });
  });

  test(`${half}: fill() rounds as from() does`, () => {
    const array = DeviceArray.allocate(half, 3);
    for (const value of [
      0,
      -0,
      1,
      -1.5,
      0.1,
      1e-7,
      3e-8,
      1e-40,
      65504,
      65519,
      65520,
      1e10,
      3.4e38,
      Infinity,
      -Infinity,
    ]) {
      const [expected] = convert(half, Float32Array.of(value));
      assert.equal(Array.from(bitsOf(array.fill(value))), [expected, expected, expected], String(value));
    }
    assert.ok(Array.from(bitsOf(array.fill(Number.NaN)), (value) => fromHalf(half, value)).every(Number.isNaN));
  });

  test(`${half}: copyFrom() takes numbers and bits`, () => {
    const array = DeviceArray.allocate(half, 4);
    array.copyFrom(Float32Array.of(1, -2, 0.5, 0));
    assert.equal(Array.from(toFloat32(half, bitsOf(array))), [1, -2, 0.5, 0]);
    array.copyFrom(Uint16Array.of(1, 2, 3, 4));
    assert.equal(Array.from(bitsOf(array)), [1, 2, 3, 4]);
  });

  for (const inPlace of [false, true]) {
    test(`${half}: losses within the float32 bounds, gradients rounded once${inPlace ? ', in place' : ''}`, () => {
      for (const ground of MAIN_GROUNDS) {
        for (const [classes, rows] of [
          [8, 9],
          [33, 5],
          [100, 4],
          [1000, 2],
          [4099, 2],
        ] as const) {
          if (classes > 1000 && !/^(ordered|circular|tree)/.test(ground)) continue;
          for (const targets of ['index', 'distribution'] as const) {
            const description: Description = {
              ...PLAIN,
              ground,
              classes,
              rows,
              targets,
              mood: 'calm',
              mix: 'both',
              weights: 'sample',
            };
            checkHalf(half, makeProblem(description, seed), inPlace, JSON.stringify({ seed, ...description }));
          }
        }
      }
    });
  }

  test(`${half}: dense predictions`, () => {
    for (const inner of ['some', 'all'] as const) {
      const problem = makeProblem({ ...PLAIN, rows: 34, classes: 19, inner, mood: 'calm' }, seed);
      checkHalf(half, problem, false, `inner ${inner}`);
    }
  });
}

function nextUp(value: number): number {
  const float = Float32Array.of(value);
  new Int32Array(float.buffer)[0] += value >= 0 ? 1 : -1;
  return float[0];
}

// The gradient is that of the same predictions as float32, rounded; its last bits may differ by the order of sums.
function checkHalf(half: Half, whole: Problem, inPlace: boolean, what: string): void {
  const predictions = DeviceArray.from(Float32Array.from(whole.predictions), { dtype: half });
  const problem = { ...whole, predictions: toFloat32(half, bitsOf(predictions)) };
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
  bitsOf(gradient).forEach((bits, i) => {
    const expected = (exact.gradient as Float32Array)[i];
    const error = Math.abs(fromHalf(half, bits) - expected);
    const bound = 0.5 * unitAt(half, expected) + 1e-5 * Math.abs(expected);
    assert.ok(error <= bound, `${what}: gradient[${i}]: expected ${expected}, received ${fromHalf(half, bits)}`);
  });
  release(wide, predictions, gradient, rounded.losses);
}

test.run();
