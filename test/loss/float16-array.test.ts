// Arrays of float16 numbers, which JavaScript has from Node 24 on: what takes them, and what says how to convert them.
import * as ort from 'onnxruntime-node';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClassCentroids, emdLoss, pairwiseDistances } from '../../lib/index.js';
import { emdLoss as emdLossOfTensors } from '../../lib/onnxruntime.js';
import { throws } from '../support/errors.js';
import { skip } from '../support/skip.js';
import type { Anything } from '../support/wrong.js';

const test = suite('float16 arrays');

type Float16 = new (values: Iterable<number>) => Float32Array;
const { Float16Array } = globalThis as { Float16Array?: Float16 };

function whereThereAre(name: string, run: (make: (...values: number[]) => Float32Array) => void): void {
  if (Float16Array === undefined) skip(test, name, 'this JavaScript runtime has no Float16Array');
  else test(name, () => run((...values) => new Float16Array(values)));
}

whereThereAre('the package itself says how to convert them', (half) => {
  const predictions = Float32Array.of(1, 0, 0, 1);
  const calls: [string, () => unknown][] = [
    ['predictions', () => emdLoss(half(1, 0, 0, 1), [0, 1], { classes: 2 })],
    ['targets', () => emdLoss(predictions, half(1, 0, 0, 1), { classes: 2 })],
    ['gradient', () => emdLoss(predictions, [0, 1], { classes: 2, gradient: half(0, 0, 0, 0) })],
    ['losses', () => emdLoss(predictions, [0, 1], { classes: 2, losses: half(0, 0) })],
    ['sampleWeights', () => emdLoss(predictions, [0, 1], { classes: 2, sampleWeights: half(1, 1) })],
    ['upstream', () => emdLoss(predictions, [0, 1], { classes: 2, reduction: 'none', upstream: half(1, 1) })],
    ['features', () => new ClassCentroids({ classes: 2, features: 2 }).accumulate(half(1, 0, 0, 1), [0, 1])],
    ['points', () => pairwiseDistances(half(1, 0, 0, 1), { rows: 2 })],
  ];
  for (const [name, call] of calls) {
    throws(call, TypeError, new RegExp(`^${name}: .* a Float16Array of length .*Float32Array\\.from`), name);
  }
});

whereThereAre('tensors of onnxruntime hold them: logits are read, gradients are written, also in place', (half) => {
  const labels = new ort.Tensor('int64', BigInt64Array.of(0n, 1n), [2]);
  const logits = new ort.Tensor('float16', half(1, 0, 0, 1) as Anything, [2, 2]);
  const expected = emdLoss(Float32Array.of(1, 0, 0, 1), [0, 1], { classes: 2 });
  const { loss, gradient } = emdLossOfTensors(logits, labels);
  assert.is(loss, expected.loss);
  assert.is(gradient?.type, 'float16');
  const slopes = Array.from(gradient?.data as unknown as Float32Array);
  assert.equal(slopes, Array.from(half(...(expected.gradient as Float32Array))));
  emdLossOfTensors(logits, labels, { gradient: logits });
  assert.equal(Array.from(logits.data as unknown as Float32Array), slopes);
});

test.run();
