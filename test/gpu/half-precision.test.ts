// float16 and bfloat16: conversions to the last bit, and losses that are computed in float32 and rounded once.
import * as assert from 'uvu/assert';
import { DeviceArray } from '../../lib/index.js';
import { fromHalf, HALVES, type Half, toFloat32 } from '../../shared/half.js';
import { type Description, MAIN_GROUNDS, makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { seed } from '../support/scale.js';
import { checkHalf } from './support/check-half.js';
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
          for (const targets of inPlace ? (['index'] as const) : (['index', 'distribution'] as const)) {
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

  test(`${half}: labels at either place of a pair, and where one thread's classes end and another's begin`, () => {
    for (const ground of ['ordered', 'ordered-gaps', 'circular', 'circular-gaps', 'matrix'] as const) {
      for (const classes of [
        33,
        34,
        66,
        102,
        199,
        202,
        1000,
        1002,
        1003,
        4098,
        ...(ground === 'ordered' ? [40_002] : []),
      ]) {
        if (ground === 'matrix' && classes > 1003) continue;
        const edges = [18, 34, 50, 74].flatMap((share) => [share - 1, share, share + 1, 2 * share - 1, 2 * share]);
        const labels = [0, 1, 2, 3, ...edges, classes - 3, classes - 2, classes - 1].filter((label) => label < classes);
        if (classes > 5000) labels.splice(4, labels.length - 6, (classes >> 1) - 1, classes >> 1);
        const description: Description = { ...PLAIN, ground, classes, rows: labels.length, mood: 'calm', mix: 'both' };
        const problem = makeProblem(description, seed);
        problem.targets.values = Int32Array.from(labels);
        checkHalf(half, problem, false, JSON.stringify({ seed, ...description }));
      }
    }
  });

  test(`${half}: sure and masked rows, whose dominant entry is what the others leave, in full precision`, () => {
    for (const ground of ['ordered', 'circular-gaps', 'matrix'] as const) {
      for (const [classes, rows] of [
        [9, 40],
        [10, 40],
        [34, 40],
        [101, 20],
        [1000, 6],
        [4098, 4],
        [40_001, 2],
      ] as const) {
        if (classes > (ground === 'ordered' ? 50_000 : 1000)) continue;
        for (const mood of ['peaked', 'sure', 'masked'] as const) {
          const description: Description = { ...PLAIN, ground, classes, rows, mood, mix: 'both' };
          checkHalf(half, makeProblem(description, seed), false, JSON.stringify({ seed, ...description }));
        }
      }
    }
  });

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

test.run();
