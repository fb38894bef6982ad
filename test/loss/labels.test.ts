// runner: numeric
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type EmdResult, emdLoss } from '../../lib/index.js';
import { optionsOf } from '../../shared/oracle/call.js';
import { replaced } from '../../shared/oracle/numbers.js';
import { makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { sameBits } from '../support/bits.js';
import { checkResult } from '../support/check.js';
import { throws } from '../support/errors.js';
import { seed } from '../support/scale.js';

const test = suite('labels');

type Labels = Parameters<typeof emdLoss>[1];

const KINDS: Record<string, { make: (labels: number[]) => Labels; bytes: number; signed: boolean; largest: number }> = {
  Int32Array: { make: (labels) => Int32Array.from(labels), bytes: 4, signed: true, largest: 2 ** 31 - 1 },
  Int8Array: { make: (labels) => Int8Array.from(labels), bytes: 1, signed: true, largest: 127 },
  Uint8Array: { make: (labels) => Uint8Array.from(labels), bytes: 1, signed: false, largest: 255 },
  Uint8ClampedArray: { make: (labels) => Uint8ClampedArray.from(labels), bytes: 1, signed: false, largest: 255 },
  Int16Array: { make: (labels) => Int16Array.from(labels), bytes: 2, signed: true, largest: 32767 },
  Uint16Array: { make: (labels) => Uint16Array.from(labels), bytes: 2, signed: false, largest: 65535 },
  Uint32Array: { make: (labels) => Uint32Array.from(labels), bytes: 4, signed: false, largest: 2 ** 32 - 1 },
  BigInt64Array: { make: (labels) => BigInt64Array.from(labels, BigInt), bytes: 8, signed: true, largest: Infinity },
  'number[]': { make: (labels) => labels.slice(), bytes: 0, signed: true, largest: Infinity },
};

test('negative labels are refused also where no label of their type is too large', () => {
  const message = (value: number) =>
    new RegExp(`^targets\\[1\\]: expected a class index in 0\\.\\.\\d+, received ${value}$`);
  for (const [classes, type, values] of [
    [300, Int8Array, [-1, -100, -128]],
    [129, Int8Array, [-128]],
    [70000, Int16Array, [-1, -32768]],
  ] as const) {
    for (const value of values) {
      const call = () => emdLoss(new Float32Array(2 * classes), type.of(0, value), { classes });
      throws(call, RangeError, message(value));
    }
  }
});

const sameResult = (a: EmdResult, b: EmdResult) => {
  assert.equal(
    [a.loss, a.crossEntropy, a.emd, a.rows, a.nonFinite],
    [b.loss, b.crossEntropy, b.emd, b.rows, b.nonFinite],
  );
  sameBits(a.gradient, b.gradient, 'gradient');
  sameBits(a.losses, b.losses, 'losses');
};

for (const [kind, { make, bytes, signed, largest }] of Object.entries(KINDS)) {
  for (const classes of [2, 8, 250, 1000]) {
    if (classes - 1 > largest) continue;
    for (const inner of ['none', 'some'] as const) {
      test(`${kind}, C = ${classes}, inner ${inner}: the same as Int32Array`, () => {
        const problem = makeProblem({ ...PLAIN, classes, rows: 77, inner, weights: 'both', mood: 'peaked' }, seed);
        const labels = Array.from(problem.targets.values, Number);
        labels[3] = classes - 1;
        const options = { ...optionsOf(problem), losses: true };
        const result = emdLoss(problem.predictions, make(labels), options);
        checkResult({ ...problem, targets: { kind: 'index', values: labels } }, result, kind);
        sameResult(result, emdLoss(problem.predictions, Int32Array.from(labels), options));
      });
    }
  }

  test(`${kind}: ignoreIndex inside the classes, at the type's largest value, and where the type cannot hold it`, () => {
    const problem = makeProblem({ ...PLAIN, rows: 9 }, seed);
    const labels = [0, 3, 7, 3, 1, 2, 3, 5, 6];
    const check = (values: number[], ignoreIndex: number, rows: number) => {
      const ignoring = { ...problem, ignoreIndex, targets: { kind: 'index', values } as const };
      const result = emdLoss(problem.predictions, make(values), { ...optionsOf(ignoring), losses: true });
      assert.is(result.rows, rows);
      checkResult(ignoring, result, kind);
    };
    check(labels, 3, 6);
    check(labels, -100, 9);
    check(labels, 2 ** 31, 9);
    if (signed) check(replaced(labels, 4, -100), -100, 8);
    if (largest < Infinity) check(replaced(labels, 0, largest), largest, 8);
  });

  if (bytes === 0) continue;
  test(`${kind}: a view in the middle of a buffer`, () => {
    const problem = makeProblem({ ...PLAIN, rows: 7 }, seed);
    const labels = Array.from(problem.targets.values, Number);
    const whole = make([...labels.map(() => 1), 0, ...labels, 1]) as Int32Array;
    const view = whole.subarray(8, 15);
    assert.is(view.byteOffset, 8 * bytes);
    const options = optionsOf(problem);
    sameResult(emdLoss(problem.predictions, view, options), emdLoss(problem.predictions, make(labels), options));
  });
}

test('beyond the low 32 bits a BigInt64 label still counts', () => {
  const problem = makeProblem({ ...PLAIN, rows: 2 }, seed);
  const call = (label: bigint) => () => emdLoss(problem.predictions, BigInt64Array.of(1n, label), { classes: 8 });
  throws(call(2n ** 32n + 1n), RangeError, /targets\[1\].*0\.\.7.*4294967297/);
  throws(call(-(2n ** 63n)), RangeError, /targets\[1\].*0\.\.7.*-922337203685477/);
});

test.run();
