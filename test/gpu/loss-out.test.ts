// Calls with lossOut: they only enqueue, and what they would have returned or thrown is in four numbers on the GPU.
import * as assert from 'uvu/assert';
import { DeviceArray, EmdLoss, emdLoss, emdLossAsync, Stream } from '../../lib/index.js';
import { optionsOf, targetsOf } from '../../shared/oracle/call.js';
import { replaced } from '../../shared/oracle/numbers.js';
import { makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { seed } from '../support/scale.js';
import { gpuSuite } from './support/gpu.js';

const test = gpuSuite('lossOut');

const problem = makeProblem({ ...PLAIN, rows: 50, weights: 'both', mix: 'both', mood: 'calm' }, seed);
const options = { ...optionsOf(problem), losses: true };
const targets = targetsOf(problem.targets) as Int32Array;
const predictions = () => DeviceArray.from(problem.predictions);
const four = () => DeviceArray.allocate('float32', 4);
const numbers = (array: DeviceArray) => Array.from(array.toHost() as Float32Array);

test('holds loss, cross entropy, EMD and rows', async () => {
  const { loss, crossEntropy, emd, rows } = emdLoss(predictions(), targets, options);
  const expected = [loss, crossEntropy, emd, rows].map(Math.fround);
  const criterion = new EmdLoss(options);
  for (const call of [
    (lossOut: DeviceArray) => emdLoss(predictions(), targets, { ...options, lossOut }),
    (lossOut: DeviceArray) => emdLossAsync(predictions(), targets, { ...options, lossOut }),
    (lossOut: DeviceArray) => criterion.evaluate(predictions(), DeviceArray.from(targets), { lossOut }),
    (lossOut: DeviceArray) => criterion.evaluateAsync(predictions(), targets, { lossOut }),
  ]) {
    const lossOut = four().fill(7);
    const result = await call(lossOut);
    assert.equal(numbers(lossOut), expected);
    for (const name of ['loss', 'crossEntropy', 'emd', 'rows', 'nonFinite'] as const) {
      assert.ok(Number.isNaN(result[name]), name);
    }
  }
});

test('gradient and losses are what they are without it', () => {
  const expected = emdLoss(predictions(), targets, options);
  const result = emdLoss(predictions(), targets, { ...options, lossOut: four() });
  assert.equal(result.gradient?.toHost(), expected.gradient?.toHost());
  assert.equal(result.losses?.toHost(), expected.losses?.toHost());
});

test('reduction none: NaN but for the rows', () => {
  const lossOut = four();
  emdLoss(predictions(), targets, { ...options, reduction: 'none', lossOut });
  assert.equal(numbers(lossOut).map(Number.isNaN), [true, true, true, false]);
  assert.is(numbers(lossOut)[3], 50);
});

test('a label that is no class shows only as NaN, and the next call is a new one', () => {
  const wrong = replaced(targets, 7, 8);
  for (const labels of [wrong, DeviceArray.from(wrong)]) {
    const lossOut = four();
    const { losses } = emdLoss(predictions(), labels, { classes: 8, losses: true, lossOut });
    assert.ok(Number.isNaN(numbers(lossOut)[0]));
    assert.equal(
      Array.from(losses?.toHost() as Float32Array, Number.isNaN),
      Array.from(wrong, (label) => label === 8),
    );
    emdLoss(predictions(), targets, { classes: 8, lossOut });
    assert.not.ok(numbers(lossOut).some(Number.isNaN));
    assert.is(emdLoss(predictions(), targets, { classes: 8 }).rows, 50);
  }
});

test('wrong weights in host memory are refused all the same', () => {
  const lossOut = four().fill(7);
  const sampleWeights = new Float32Array(50).fill(-1);
  assert.throws(() => emdLoss(predictions(), targets, { classes: 8, sampleWeights, lossOut }), /^sampleWeights\[0\]/);
  assert.equal(numbers(lossOut), [7, 7, 7, 7]);
});

test('many calls in a row, on several streams, into parts of one array', async () => {
  const streams = [undefined, new Stream(), new Stream()];
  const all = DeviceArray.allocate('float32', 4 * 30);
  const scores = predictions();
  const labels = DeviceArray.from(targets);
  for (let i = 0; i < 30; i++) {
    const lossOut = all.subarray(4 * i, 4 * i + 4);
    emdLoss(scores, labels, { classes: 8, gradient: false, upstream: i, lossOut, stream: streams[i % 3] });
  }
  for (const stream of streams) await stream?.synchronize();
  const expected = Math.fround(emdLoss(predictions(), targets, { classes: 8 }).loss);
  const found = numbers(all);
  for (let i = 0; i < 30; i++) assert.equal([found[4 * i], found[4 * i + 3]], [expected, 50]);
});

test('host labels of one call after the other', () => {
  const all = DeviceArray.allocate('float32', 4 * 20);
  const scores = predictions();
  const labelsOf = (i: number) => targets.map((label) => (label + i) % 8);
  for (let i = 0; i < 20; i++) {
    emdLoss(scores, labelsOf(i), { classes: 8, gradient: false, lossOut: all.subarray(4 * i, 4 * i + 4) });
  }
  const found = numbers(all);
  for (let i = 0; i < 20; i++) {
    assert.is(
      found[4 * i],
      Math.fround(emdLoss(scores, labelsOf(i), { classes: 8, gradient: false }).loss),
      `call ${i}`,
    );
  }
});

test('no rows', () => {
  for (const reduction of ['mean', 'sum'] as const) {
    const lossOut = four().fill(7);
    emdLoss(DeviceArray.allocate('float32', 0), [], { classes: 8, reduction, lossOut });
    assert.equal(numbers(lossOut), [0, 0, 0, 0]);
  }
});

test('host labels may change when the call has returned', () => {
  const labels = targets.slice();
  const lossOut = four();
  const expected = Math.fround(emdLoss(predictions(), targets, { classes: 8 }).loss);
  emdLoss(predictions(), labels, { classes: 8, lossOut });
  labels.fill(0);
  assert.is(numbers(lossOut)[0], expected);
});

test.run();
