// Labels of every type and place: the same results, and the same errors as on the CPU where they are no classes.
import * as assert from 'uvu/assert';
import { DeviceArray, type EmdTargets, emdLoss, emdLossAsync } from '../../lib/index.js';
import { optionsOf } from '../../shared/oracle/call.js';
import { replaced } from '../../shared/oracle/numbers.js';
import { makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { rejects, throws } from '../support/errors.js';
import { seed } from '../support/scale.js';
import { gpuSuite } from './support/gpu.js';

const test = gpuSuite('labels on a GPU');

const ROWS = 70;
const problem = makeProblem({ ...PLAIN, rows: ROWS, classes: 9, weights: 'class', mood: 'calm' }, seed);
const labels = Array.from(problem.targets.values, Number);
const predictions = () => DeviceArray.from(problem.predictions);

const KINDS: Record<string, (values: number[]) => EmdTargets> = {
  list: (values) => values,
  Int32Array: (values) => Int32Array.from(values),
  Uint8Array: (values) => Uint8Array.from(values),
  Uint8ClampedArray: (values) => Uint8ClampedArray.from(values),
  Int16Array: (values) => Int16Array.from(values),
  Uint16Array: (values) => Uint16Array.from(values),
  Uint32Array: (values) => Uint32Array.from(values),
  BigInt64Array: (values) => BigInt64Array.from(values, BigInt),
  'int32 on the GPU': (values) => DeviceArray.from(Int32Array.from(values)),
  'uint8 on the GPU': (values) => DeviceArray.from(Uint8Array.from(values)),
  'int64 on the GPU': (values) => DeviceArray.from(BigInt64Array.from(values, BigInt)),
};

for (const [kind, make] of Object.entries(KINDS)) {
  const options = { ...optionsOf(problem), losses: true };
  const signed = !/^U|^u/.test(kind);

  test(`${kind}: the same as Int32Array`, () => {
    const expected = emdLoss(predictions(), Int32Array.from(labels), options);
    const result = emdLoss(predictions(), make(labels), options);
    assert.equal([result.loss, result.rows], [expected.loss, expected.rows]);
    assert.equal(result.gradient?.toHost(), expected.gradient?.toHost());
    assert.equal(result.losses?.toHost(), expected.losses?.toHost());
  });

  test(`${kind}: ignoreIndex inside the classes, and outside`, () => {
    const rows = (values: number[], ignoreIndex: number) =>
      emdLoss(predictions(), make(values), { ...options, ignoreIndex }).rows;
    assert.is(rows(labels, labels[0]), labels.filter((label) => label !== labels[0]).length);
    assert.is(rows(replaced(labels, 4, 255), 255), ROWS - 1);
    assert.is(rows(labels, 2 ** 40), ROWS);
    if (signed) assert.is(rows(replaced(labels, 4, -100), -100), ROWS - 1);
  });

  test(`${kind}: the first label that is no class is named, and the device stays usable`, async () => {
    for (const [at, label] of [
      [0, 9],
      [33, 200],
      [ROWS - 1, 9],
    ]) {
      const wrong = replaced(replaced(labels, ROWS - 1, 10), at, label);
      const message = new RegExp(`^targets\\[${at}\\]: expected a class index in 0\\.\\.8, received ${label}$`);
      throws(() => emdLoss(predictions(), make(wrong), options), RangeError, message);
      await rejects(() => emdLossAsync(predictions(), make(wrong), options), RangeError, message);
      assert.is(emdLoss(predictions(), make(labels), options).rows, ROWS);
    }
  });
}

test('labels beyond 32 bits', () => {
  for (const label of [2n ** 32n + 1n, -1n, -(2n ** 63n), 2n ** 63n - 1n]) {
    const wrong = BigInt64Array.from(labels, BigInt);
    wrong[7] = label;
    for (const targets of [wrong, DeviceArray.from(wrong)]) {
      throws(
        () => emdLoss(predictions(), targets, { classes: 9 }),
        RangeError,
        /^targets\[7\]: .*0\.\.8, received -?\d/,
      );
    }
  }
});

test('a wrong label on the GPU makes its row NaN and no other', () => {
  const wrong = DeviceArray.from(Int32Array.from(replaced(labels, 5, 9)));
  const [gradient, losses] = [DeviceArray.allocate('float32', ROWS * 9), DeviceArray.allocate('float32', ROWS)];
  throws(() => emdLoss(predictions(), wrong, { classes: 9, gradient, losses }), RangeError, /^targets\[5\]/);
  const expected = emdLoss(predictions(), labels, { classes: 9, losses: true, reduction: 'sum' });
  const rows = expected.losses?.toHost() as Float32Array;
  (losses.toHost() as Float32Array).forEach((loss, row) => {
    if (row === 5) assert.ok(Number.isNaN(loss));
    else assert.is(loss, rows[row]);
  });
  (gradient.toHost() as Float32Array).forEach((value, i) => {
    assert.is(Number.isNaN(value), Math.floor(i / 9) === 5, `gradient[${i}]`);
  });
});

test('a wrong label in a row without weight does not count, wherever the weights are', () => {
  const weights = Float32Array.from(labels, (_, row) => (row === 5 ? 0 : 1));
  const wrong = Int32Array.from(replaced(labels, 5, -7));
  const expected = emdLoss(problem.predictions, wrong, { classes: 9, sampleWeights: weights });
  for (const sampleWeights of [weights, DeviceArray.from(weights)]) {
    for (const targets of [wrong, DeviceArray.from(wrong)]) {
      const { rows, nonFinite } = emdLoss(predictions(), targets, { classes: 9, sampleWeights });
      assert.equal([rows, nonFinite], [expected.rows, expected.nonFinite]);
    }
  }
});

test('a wrong label that is uploaded while the weights are on the GPU is found there', () => {
  const sampleWeights = DeviceArray.from(new Float32Array(ROWS).fill(1));
  const call = () => emdLoss(predictions(), replaced(labels, 5, 9), { classes: 9, sampleWeights });
  throws(call, RangeError, /^targets\[5\]: expected a class index in 0\.\.8, received 9$/);
});

test.run();
