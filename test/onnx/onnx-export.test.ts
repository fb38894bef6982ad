// Exported models on onnxruntime's own CPU kernels.

import type { Tensor } from 'onnxruntime-common';
import * as ort from 'onnxruntime-node';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emdLoss } from '../../lib/index.js';
import { exportOnnx } from '../../lib/onnx/export.js';
import { evaluate, targetsOf } from '../../shared/oracle/call.js';
import { allowed, CHOICES, type Description, GROUNDS, makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { check, checkPairwise, compare, evaluated, exportOf, feedsOf, near, run } from '../support/check-onnx.js';
import { throws } from '../support/errors.js';
import { goldenVectors } from '../support/golden.js';
import { scaled, seed } from '../support/scale.js';
import { type Anything, naming, show, wrongKinds, wrongNumbers } from '../support/wrong.js';

const test = suite('onnx export');

const THREE_ROWS = new ort.Tensor('float32', Float32Array.of(1, 2, 3, 1, 2, 3, 1, 2, 3), [3, 3]);
const finite = (values: Tensor) => Array.from(values.data as Float32Array, Number.isFinite);

test('options combined pairwise under every ground distance agree with the kernels', () =>
  checkPairwise(ort, scaled([7], [2, 7, 33])));

for (const classes of scaled([2, 101, 1000], [2, 3, 8, 32, 101, 1000, 2048])) {
  for (const targets of CHOICES.targets) {
    test(`every ground distance with ${classes} classes, ${targets} targets`, async () => {
      for (const ground of GROUNDS) {
        const description: Description = { ...PLAIN, ground, classes, rows: 5, targets, mix: 'both', mood: 'peaked' };
        if (allowed(description)) await check(ort, makeProblem(description, seed), `${ground}`);
      }
    });
  }
}

test('a large tree stays a small model', () => {
  const parents = Int32Array.from({ length: 20_000 }, (_, i) => (i === 0 ? -1 : (i - 1) >> 1));
  const problem = { ...makeProblem(PLAIN, seed), classes: parents.length, ground: { kind: 'tree' as const, parents } };
  assert.ok(exportOf(problem).length < 3e6);
});

test('float16 logits give a float16 gradient; labels of 32 bits are taken', async () => {
  const problem = makeProblem({ ...PLAIN, mix: 'both' }, seed);
  const model = exportOf(problem, { floatType: 'float16', labelType: 'int32' });
  const bits = Uint16Array.from({ length: problem.predictions.length }, (_, i) => 0x3000 + 97 * i); // 0.125 and up
  const half = (b: number) => 2 ** ((b >> 10) - 15) * (1 + (b & 1023) / 1024);
  // Its own tensors hold a Float16Array where the runtime has it, of which onnxruntime-node 1.30 reads nothing.
  const logits = { type: 'float16', data: bits, dims: [7, 8], location: 'cpu' } as unknown as ort.Tensor;
  const labels = new ort.Tensor('int32', targetsOf(problem.targets) as Int32Array, [7]);
  const { loss, gradient } = await evaluated(ort, model, logits, labels);
  const expected = evaluate({ ...problem, predictions: Float32Array.from(bits, half) });
  near(Number((loss.data as Float32Array)[0]), expected.loss, expected.loss, 'loss');
  assert.is(gradient.type, 'float16');
});

test('labels of any leading dimensions; the class axis of images', async () => {
  const { predictions } = makeProblem({ ...PLAIN, classes: 4, rows: 24 }, seed);
  const labels = Int32Array.from({ length: 24 }, (_, i) => i % 4);
  const time = await evaluated(
    ort,
    exportOnnx({ classes: 4, reduction: 'none', dims: ['batch', 3, 'time', 4] }),
    new ort.Tensor('float32', predictions, [2, 3, 4, 4]),
    new ort.Tensor('int64', BigInt64Array.from(labels, BigInt), [2, 3, 4]),
  );
  assert.equal(time.losses.dims, [2, 3, 4]);
  assert.equal(time.gradient.dims, [2, 3, 4, 4]);
  assert.ok(Number.isNaN((time.loss.data as Float32Array)[0]), 'there is no loss to speak of without a reduction');
  const images = await evaluated(
    ort,
    exportOnnx({ classes: 4, axis: 1 }),
    new ort.Tensor('float32', predictions, [2, 4, 3, 4]),
    new ort.Tensor('int64', BigInt64Array.from(labels, BigInt), [2, 3, 4]),
  );
  assert.equal(images.losses.dims, [2, 3, 4]);
  const expected = emdLoss(predictions, labels, { classes: 4, inner: 12 });
  (images.gradient.data as Float32Array).forEach((g, i) => {
    near(g, (expected.gradient as Float32Array)[i], 1, `gradient[${i}]`);
  });
});

for (const file of ['loss', 'targets'] as const) {
  test(`golden vectors: ${file}`, async () => {
    for (const { name, problem, expected } of goldenVectors(file)) {
      if (typeof problem.upstream === 'object') continue;
      compare(problem, await run(ort, exportOf(problem), feedsOf(ort, problem)), expected, name);
    }
  });
}

test('a label that is no class makes its row NaN, and no other', async () => {
  for (const wrong of [3n, -1n]) {
    const labels = new ort.Tensor('int64', BigInt64Array.of(0n, wrong, 2n), [3]);
    const model = exportOnnx({ classes: 3, crossEntropyWeight: 1 });
    const { losses, gradient } = await evaluated(ort, model, THREE_ROWS, labels);
    assert.equal(finite(losses), [true, false, true], `label ${wrong}`);
    assert.equal(finite(gradient), [true, true, true, false, false, false, true, true, true], `label ${wrong}`);
  }
});

test('a distribution with a negative or non-finite entry makes its row NaN, one of zeros does not count, others are divided by their sum', async () => {
  const model = exportOnnx({ classes: 3, targets: 'distributions', crossEntropyWeight: 1 });
  const distributions = (row: number[]) => new ort.Tensor('float32', Float32Array.of(1, 0, 0, ...row, 0, 0, 1), [3, 3]);
  const given = (row: number[]) => evaluated(ort, model, THREE_ROWS, distributions(row));
  for (const row of [
    [-0.5, 1, 0.5],
    [-1, 0, 1],
    [-1, 0, 0],
    [NaN, 0, 1],
    [NaN, NaN, NaN],
    [Infinity, 0, 0],
    [-Infinity, 1, 0],
  ]) {
    const { losses, gradient } = await given(row);
    assert.equal(finite(losses), [true, false, true], `${row}`);
    assert.equal(finite(gradient), [true, true, true, false, false, false, true, true, true], `${row}`);
  }

  const whole = await given([0.25, 0.5, 0.25]);
  for (const row of [
    [1, 2, 1],
    [1e-38, 2e-38, 1e-38],
    [1.5e38, 3e38, 1.5e38],
  ]) {
    const { loss, gradient } = await given(row);
    assert.is((loss.data as Float32Array)[0], (whole.loss.data as Float32Array)[0], `${row}`);
    assert.equal(gradient.data, whole.gradient.data, `${row}`);
  }

  const { loss, losses, gradient } = await given([0, 0, 0]);
  const [first, ignored, last] = losses.data as Float32Array;
  assert.is(ignored, 0);
  near((loss.data as Float32Array)[0], (first + last) / 2, 1, 'the mean of the rows that count');
  assert.equal(Array.from(gradient.data as Float32Array, (g) => g === 0).slice(3, 6), [true, true, true]);
});

test('rows with a weight of 0 are 0 whatever they hold, those without a target count with their own weight alone', async () => {
  const nan = Number.NaN;
  const logits = new ort.Tensor('float32', Float32Array.of(1, 2, 3, nan, nan, nan, 1, 2, 3, 1, 2, 3), [4, 3]);
  const options = { classes: 3, sampleWeights: true, classWeights: [1, 2, 0] };
  const weighted = (model: Uint8Array, labels: Tensor, weights: number[]) =>
    run(ort, model, { logits, labels, sampleWeights: new ort.Tensor('float32', Float32Array.from(weights), [4]) });

  const indices = new ort.Tensor('int64', BigInt64Array.of(0n, 1n, 9n, 2n), [4]);
  const some = await weighted(exportOnnx(options), indices, [2, 0, 0, 5]);
  assert.equal(
    Array.from(some.losses.data as Float32Array, (loss) => loss === 0),
    [false, true, true, true],
  );
  near((some.loss.data as Float32Array)[0], (some.losses.data as Float32Array)[0] / 2, 1, 'the mean');
  // A mean divided by 2 * 1 + 3 * 2 + 4.
  const all = await weighted(exportOnnx(options), indices, [2, 3, 4, 5]);
  assert.equal(finite(all.losses), [true, false, false, true]);
  const alone = await weighted(exportOnnx({ ...options, reduction: 'sum' }), indices, [2, 0, 0, 0]);
  for (const i of [0, 1, 2]) {
    near((all.gradient.data as Float32Array)[i], (alone.gradient.data as Float32Array)[i] / 12, 1, `gradient[${i}]`);
  }

  const rows = Float32Array.of(1, 0, 0, 0, 1, 0, -1, 1, 1, 0, 0, 7);
  const distributions = new ort.Tensor('float32', rows, [4, 3]);
  const model = exportOnnx({ ...options, targets: 'distributions' });
  const same = await weighted(model, distributions, [2, 3, 4, 5]);
  assert.equal(finite(same.losses), [true, false, false, true]);
  for (const i of [0, 1, 2]) {
    near((same.gradient.data as Float32Array)[i], (all.gradient.data as Float32Array)[i], 1, `gradient[${i}]`);
  }
});

test('from probabilities the gradient of cross entropy is never infinite: 0 at 0, at most the largest number', async () => {
  const p = new ort.Tensor('float32', Float32Array.of(0, 0.5, 0.5, 1.3e-38, 0.5, 0.5, 0.25, 0.25, 0.5), [3, 3]);
  for (const targets of ['indices', 'distributions'] as const) {
    const labels =
      targets === 'indices'
        ? new ort.Tensor('int64', new BigInt64Array(3), [3])
        : new ort.Tensor('float32', Float32Array.of(1, 0, 0, 1, 0, 0, 1, 0, 0), [3, 3]);
    const options = { classes: 3, targets, input: 'probabilities', crossEntropyWeight: 5, emdWeight: 0 } as const;
    const { gradient } = await evaluated(ort, exportOnnx({ ...options, reduction: 'sum' }), p, labels);
    const slopes = gradient.data as Float32Array;
    assert.is(slopes[0], 0);
    assert.is(slopes[3], Math.fround(-3.4028234663852886e38));
    near(slopes[6], -20, 20, 'an ordinary entry');
    const mean = await evaluated(ort, exportOnnx(options), p, labels);
    near((mean.gradient.data as Float32Array)[3], -5 / 3 / 1.3e-38, 1e38, 'a product that float32 can hold');
  }
});

test('no rows, in every way in which there may be none', async () => {
  const shapes: [number[], number[], 1 | -1][] = [
    [[0, 3], [0], -1],
    [[2, 0, 3], [2, 0], -1],
    [[0, 3, 4], [0, 4], 1],
    [[2, 3, 0], [2, 0], 1],
  ];
  for (const [dims, rowDims, axis] of shapes) {
    const names = dims.map((size, i) => (size === 3 ? 3 : `d${i}`));
    const { loss, losses, gradient } = await evaluated(
      ort,
      exportOnnx({ classes: 3, axis, dims: names }),
      new ort.Tensor('float32', new Float32Array(0), dims),
      new ort.Tensor('int64', new BigInt64Array(0), rowDims),
    );
    assert.is((loss.data as Float32Array)[0], 0, `${dims}`);
    assert.equal(losses.dims, rowDims);
    assert.equal(gradient.dims, dims);
  }
});

test('labels of another number than there are rows are no labels of all', async () => {
  const logits = new ort.Tensor('float32', new Float32Array(12), [4, 3]);
  let error: unknown;
  try {
    await evaluated(ort, exportOnnx({ classes: 3 }), logits, new ort.Tensor('int64', BigInt64Array.of(1n), [1]));
  } catch (caught) {
    error = caught;
  }
  assert.instance(error, Error);
});

test('a row that is none is NaN also where its weight would be 0, and where only the cross entropy counts', async () => {
  const logits = new ort.Tensor('float32', Float32Array.of(1, 2, 3, 1, 2, 3, 1, 2, 3), [3, 3]);
  const labels = new ort.Tensor('int64', BigInt64Array.of(0n, 7n, 2n), [3]);
  const classWeights = Float32Array.of(0, 1, 2);
  const { losses } = await evaluated(ort, exportOnnx({ classes: 3, classWeights }), logits, labels);
  assert.equal(Array.from(losses.data as Float32Array, Number.isNaN), [false, true, false]);
  for (const wrong of [Number.NaN, Infinity]) {
    const p = new ort.Tensor('float32', Float32Array.of(wrong, 0.5, 0.5, 0.2, 0.3, 0.5), [2, 3]);
    const model = exportOnnx({ classes: 3, input: 'probabilities', crossEntropyWeight: 1, emdWeight: 0 });
    const result = await evaluated(ort, model, p, new ort.Tensor('int64', BigInt64Array.of(1n, 2n), [2]));
    assert.equal(Array.from(result.gradient.data as Float32Array, Number.isNaN), [
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    assert.equal(Array.from(result.losses.data as Float32Array, Number.isNaN), [true, false]);
  }
});

test('without any part the loss is 0, with masked logits too', async () => {
  const logits = new ort.Tensor('float32', Float32Array.of(-Infinity, 1, 2), [1, 3]);
  const labels = new ort.Tensor('int64', BigInt64Array.of(1n), [1]);
  const { loss, gradient } = await evaluated(ort, exportOnnx({ classes: 3, emdWeight: 0 }), logits, labels);
  assert.is((loss.data as Float32Array)[0], 0);
  assert.ok(Array.from(gradient.data as Float32Array).every((g) => g === 0));
});

test('wrong options', () => {
  const cases: [string, ReturnType<typeof wrongKinds>][] = [
    ['axis', wrongNumbers(0, 2, '1')],
    ['targets', wrongKinds('index', 1, null)],
    ['dims', [...wrongKinds('rows', null), ...wrongNumbers([3, 'rows'], ['rows', 4], [-1, 3])]],
    ['labelType', wrongKinds('uint8', 32)],
    ['floatType', wrongKinds('float64', 16)],
    ['upstream', wrongKinds(Float32Array.of(1), '1')],
    ['sampleWeights', wrongKinds(Float32Array.of(1), 1)],
    ['gradient', wrongKinds(Float32Array.of(1), 0)],
    ['prefix', wrongKinds(1, null)],
    ['classWeights', [...wrongKinds(1, 'a'), ...wrongNumbers([1, 2], [1, 2, -1], [1, 2, Number.NaN])]],
    ['classes', wrongNumbers(1, 1.5)],
  ];
  for (const [name, wrongs] of cases) {
    for (const { value, type } of wrongs) {
      throws(() => exportOnnx({ classes: 3, [name]: value } as Anything), type, naming(name), `${name} ${show(value)}`);
    }
  }
  throws(
    () => exportOnnx({ classes: 3, targets: 'distributions', ignoreIndex: 1 }),
    TypeError,
    /^ignoreIndex: expected undefined/,
  );
});

test.run();
