// Numbers beyond the range of a type: from probabilities the cross entropy's gradient, -t / p, is the largest finite number there;
// a row's loss is infinite, and with it the batch's.
import * as assert from 'uvu/assert';
import { DeviceArray, emdLoss } from '../../lib/index.js';
import { toFloat32 } from '../../shared/half.js';
import { optionsOf, targetsOf } from '../../shared/oracle/call.js';
import type { Problem } from '../../shared/oracle/oracle.js';
import { type GroundName, layOut, makeGround, problemOf } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { checkResult } from '../support/check.js';
import { seed } from '../support/scale.js';
import { evaluateOnDevice, release } from './support/device-call.js';
import { gpuSuite } from './support/gpu.js';

const test = gpuSuite('finite gradients on a GPU');

const ROWS = 5;
const LARGEST = { float32: 3.4028234663852886e38, float16: 65504, bfloat16: 3.3895313892515355e38 };
const GROUNDS: GroundName[] = ['ordered', 'circular', 'tree-random', 'matrix'];

const targetsFor = (classes: number, kind: 'index' | 'distribution'): Problem['targets'] =>
  kind === 'index'
    ? { kind, values: new Int32Array(ROWS).fill(1) }
    : {
        kind,
        values: layOut(
          Array.from({ length: ROWS }, () => new Float32Array(classes).fill(3, 1, 2).fill(1, 0, 1)),
          classes,
        ),
      };

/** A batch whose rows have the given probability at their label, class 1. */
function unlikely(p: number, classes: number, ground: GroundName, kind: 'index' | 'distribution'): Problem {
  const row = new Float32Array(classes).fill(1 / (classes - 1)).fill(p, 1, 2);
  return problemOf(
    Array.from({ length: ROWS }, () => row),
    new Array(ROWS).fill(1),
    {
      input: 'probabilities',
      reduction: 'none',
      crossEntropyWeight: 1,
      ground: makeGround(ground, classes, new Random(seed)),
      targets: targetsFor(classes, kind),
    },
  );
}

for (const weight of [1, 5, 1e30, -7]) {
  test(`probabilities of next to nothing, times ${weight}`, () => {
    for (const ground of GROUNDS) {
      for (const classes of [3, 40, 600]) {
        for (const p of [0, 2 ** -149, 1.17e-38, 2 ** -126, 1.2e-38, 1e-37, -1e-3]) {
          for (const kind of ['index', 'distribution'] as const) {
            const problem = unlikely(p, classes, ground, kind);
            if (weight < 0) problem.upstream = weight;
            else if (weight > 1) problem.classWeights = new Float32Array(classes).fill(weight);
            const result = evaluateOnDevice(problem);
            const what = JSON.stringify({ seed, weight, ground, classes, p, kind });
            const gradient = result.gradient as Float32Array;
            assert.ok(gradient.every(Number.isFinite), `${what}: ${gradient.subarray(0, classes)}`);
            const huge = Math.abs(weight) > (kind === 'index' ? 4 : 6);
            if (p === 2 ** -126 && huge) assert.is(Math.abs(gradient[1]), LARGEST.float32, what);
            if (weight < 1e9) checkResult(problem, result, what);
          }
        }
      }
    }
  });
}

for (const dtype of ['float16', 'bfloat16'] as const) {
  test(`${dtype}: the largest finite number of the gradient's own type`, () => {
    for (const classes of [3, 40]) {
      for (const kind of ['index', 'distribution'] as const) {
        const problem = unlikely(dtype === 'float16' ? 2 ** -20 : 2 ** -125, classes, 'ordered', kind);
        problem.classWeights = new Float32Array(classes).fill(1e3);
        const predictions = DeviceArray.from(Float32Array.from(problem.predictions), { dtype });
        const { gradient } = emdLoss(predictions, targetsOf(problem.targets), optionsOf(problem));
        const values = toFloat32(dtype, (gradient as DeviceArray).toHost() as Uint16Array);
        release(predictions, gradient);
        assert.ok(values.every(Number.isFinite), `${classes} ${kind}: ${values}`);
        assert.is(values[1], -LARGEST[dtype], `${classes} ${kind}`);
      }
    }
  });
}

test('a weight beyond the range of float32 makes loss and losses infinite, and counts', () => {
  for (const classes of [5, 40, 600]) {
    for (const kind of ['index', 'distribution'] as const) {
      for (const reduction of ['mean', 'sum', 'none'] as const) {
        const random = new Random(seed);
        const rows = Array.from({ length: ROWS }, () => random.floats(classes, () => random.normal()));
        const problem = problemOf(rows, new Array(ROWS).fill(1), {
          reduction,
          targets: targetsFor(classes, kind),
          sampleWeights: Float32Array.of(1, 1e20, 1, 0, 1e20),
          classWeights: new Float32Array(classes).fill(1e20, 0, 2),
        });
        const result = evaluateOnDevice(problem);
        const what = JSON.stringify({ classes, kind, reduction });
        checkResult(problem, { ...result, gradient: null }, what); // the other rows' are denormal
        assert.is((result.losses as Float32Array)[1], Infinity, what);
        assert.ok(Object.is(result.loss, reduction === 'none' ? Number.NaN : Infinity), what);
        assert.equal([result.nonFinite, result.firstNonFinite], [2, 1], what);
      }
    }
  }
});

test('losses that are only too large together with the weight of a part', () => {
  const rows = [Float32Array.of(2, 0, 1), Float32Array.of(0, 3, 1)];
  const problem = problemOf(rows, [2, 0], { emdWeight: 1e30, sampleWeights: Float32Array.of(1, 1e20) });
  const result = evaluateOnDevice(problem);
  assert.equal([result.loss, (result.losses as Float32Array)[1]], [Infinity, Infinity]);
  assert.equal([result.nonFinite, result.firstNonFinite], [1, 1]);
});

test('infinite losses keep their sign, and are no number together', () => {
  const distances = Float32Array.from({ length: 9 }, (_, i) => (i % 4 === 0 ? 0 : 2));
  const ground = { kind: 'matrix', distances, offset: -1 } as const;
  const sure = Float32Array.of(50, 0, 0);
  const weights = { sampleWeights: new Float32Array(2).fill(3e38), classWeights: new Float32Array(3).fill(3e38) };
  const lossOf = (labels: number[]) =>
    evaluateOnDevice(problemOf([sure, sure], labels, { ground, reduction: 'sum', ...weights })).loss;
  assert.equal([lossOf([0, 0]), lossOf([1, 2]), lossOf([0, 1])], [-Infinity, Infinity, Number.NaN]);
});

test('weights so small that their products are no float32 numbers cancel in the mean', () => {
  for (const classes of [5, 40, 600]) {
    const random = new Random(seed);
    const rows = [0, 1].map(() => random.floats(classes, () => random.normal()));
    const mixed = new Float32Array(2 * classes).fill(0.5, 1, 3).fill(0.25, classes, classes + 4);
    for (const targets of [
      { kind: 'index', values: [0, 1] } as const,
      { kind: 'distribution', values: mixed } as const,
    ]) {
      const plain = evaluateOnDevice(problemOf(rows, [], { targets }));
      for (const weight of [1e-20, 1e-25]) {
        const tiny = evaluateOnDevice(
          problemOf(rows, [], {
            targets,
            sampleWeights: new Float32Array(2).fill(weight),
            classWeights: new Float32Array(classes).fill(weight),
          }),
        );
        const what = `${targets.kind}, ${classes} classes, ${weight}: ${tiny.loss}, ${plain.loss}`;
        assert.ok(Math.abs(tiny.loss - plain.loss) <= 1e-6 * plain.loss, what);
        (plain.gradient as Float32Array).forEach((wanted, i) => {
          const found = (tiny.gradient as Float32Array)[i];
          assert.ok(Math.abs(found - wanted) <= 1e-6 * Math.abs(wanted) + 1e-12, `${what}: ${found}, ${wanted}`);
        });
      }
    }
  }
});

test.run();
