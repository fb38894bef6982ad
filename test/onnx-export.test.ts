// Exported models beside the kernels, on onnxruntime's own CPU kernels.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { emdLoss } from '../lib/index.js';
import { type ExportOptions, exportOnnx } from '../lib/onnx/export.js';
import { evaluate, optionsOf, predictionsOf, targetsOf } from './call.js';
import { allPairs } from './covering.js';
import { throws } from './errors.js';
import type { Problem } from './oracle.js';
import { allowed, CHOICES, type Description, GROUNDS, makeProblem, PLAIN } from './problems.js';
import { Random } from './random.js';
import { scaled, seed } from './scale.js';
import { type Anything, naming, show, wrongKinds, wrongNumbers } from './wrong.js';

const test = suite('onnx export');

const TOLERANCE = 1e-5;

function exportOf(problem: Problem, extra: Partial<ExportOptions> = {}): Uint8Array {
  const { inner, sampleWeights: _, upstream, classWeights, ...options } = optionsOf(problem);
  return exportOnnx({
    ...options,
    classWeights: classWeights as Float32Array | undefined,
    upstream: upstream as number | undefined,
    axis: (inner ?? 1) > 1 ? 1 : -1,
    targets: problem.targets.kind === 'index' ? 'indices' : 'distributions',
    ...extra,
  });
}

async function run(model: Uint8Array, logits: Tensor, labels: Tensor) {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, graphOptimizationLevel: 'all' });
  const { loss, losses, gradient } = await session.run({ logits, labels });
  await session.release();
  return { loss, losses, gradient };
}

function tensorsOf(problem: Problem): { logits: Tensor; labels: Tensor } {
  const predictions = predictionsOf(problem);
  const { classes, inner = 1, targets } = problem;
  const outer = predictions.length / classes / inner;
  const dims = inner > 1 ? [outer, classes, inner] : [outer, classes];
  const values = targetsOf(targets);
  return {
    logits: new Tensor('float32', predictions, dims),
    labels:
      targets.kind === 'index'
        ? new Tensor('int64', BigInt64Array.from(values, BigInt), inner > 1 ? [outer, inner] : [outer])
        : new Tensor('float32', values as Float32Array, dims),
  };
}

function near(actual: number, expected: number, scale: number, what: string): void {
  const same = Number.isFinite(expected)
    ? Math.abs(actual - expected) <= TOLERANCE * Math.max(1, scale)
    : Object.is(actual, expected);
  assert.ok(same, `${what}: expected ${expected}, received ${actual}`);
}

async function check(problem: Problem, what: string): Promise<void> {
  const expected = evaluate(problem);
  const { logits, labels } = tensorsOf(problem);
  const { loss, losses, gradient } = await run(exportOf(problem), logits, labels);
  assert.equal(loss.dims, [], what);
  assert.equal(gradient.dims, logits.dims, what);
  near(Number((loss.data as Float32Array)[0]), expected.loss, Math.abs(expected.loss), `${what}: loss`);
  const rows = expected.losses as Float32Array;
  assert.is(losses.size, rows.length, what);
  rows.forEach((value, row) => {
    near((losses.data as Float32Array)[row], value, Math.abs(value), `${what}: losses[${row}]`);
  });
  const slopes = expected.gradient as Float32Array;
  const largest = Math.max(0, ...slopes.filter((g) => !Number.isNaN(g)).map(Math.abs));
  slopes.forEach((g, i) => {
    near((gradient.data as Float32Array)[i], g, largest, `${what}: gradient[${i}]`);
  });
}

const values = {
  ground: GROUNDS,
  inner: ['none', 'some'],
  power: CHOICES.power,
  input: CHOICES.input,
  targets: CHOICES.targets,
  normalization: CHOICES.normalization,
  reduction: CHOICES.reduction,
  mix: CHOICES.mix,
  weights: ['none', 'class'],
  ignore: CHOICES.ignore,
  upstream: ['none', 'scalar'],
  mood: ['calm', 'peaked', 'sure', 'masked'],
} as const;

test('options combined pairwise under every ground distance agree with the kernels', async () => {
  const random = new Random(seed);
  const descriptions = allPairs(values, (d) => allowed(d as Partial<Description>), random);
  for (const [i, chosen] of descriptions.entries()) {
    for (const classes of scaled([7], [2, 7, 33])) {
      const description = { ...PLAIN, ...chosen, classes, rows: 6 };
      await check(makeProblem(description, seed + i), JSON.stringify(description));
    }
  }
});

for (const classes of scaled([2, 101, 1000], [2, 3, 8, 32, 101, 1000, 2048])) {
  for (const targets of CHOICES.targets) {
    test(`every ground distance with ${classes} classes, ${targets} targets`, async () => {
      for (const ground of GROUNDS) {
        const description: Description = { ...PLAIN, ground, classes, rows: 5, targets, mix: 'both', mood: 'peaked' };
        if (allowed(description)) await check(makeProblem(description, seed), `${ground}`);
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
  const logits = new Tensor('float16', bits, [7, 8]);
  const labels = new Tensor('int32', targetsOf(problem.targets) as Int32Array, [7]);
  const { loss, gradient } = await run(model, logits, labels);
  const expected = evaluate({ ...problem, predictions: Float32Array.from(bits, half) });
  near(Number((loss.data as Float32Array)[0]), expected.loss, expected.loss, 'loss');
  assert.is(gradient.type, 'float16');
});

test('labels of any leading dimensions; the class axis of images', async () => {
  const { predictions } = makeProblem({ ...PLAIN, classes: 4, rows: 24 }, seed);
  const labels = Int32Array.from({ length: 24 }, (_, i) => i % 4);
  const time = await run(
    exportOnnx({ classes: 4, reduction: 'none' }),
    new Tensor('float32', predictions, [2, 3, 4, 4]),
    new Tensor('int64', BigInt64Array.from(labels, BigInt), [2, 3, 4]),
  );
  assert.equal(time.losses.dims, [2, 3, 4]);
  assert.equal(time.gradient.dims, [2, 3, 4, 4]);
  assert.ok(Number.isNaN((time.loss.data as Float32Array)[0]), 'there is no loss to speak of without a reduction');
  const images = await run(
    exportOnnx({ classes: 4, axis: 1 }),
    new Tensor('float32', predictions, [2, 4, 3, 4]),
    new Tensor('int64', BigInt64Array.from(labels, BigInt), [2, 3, 4]),
  );
  assert.equal(images.losses.dims, [2, 3, 4]);
  const expected = emdLoss(predictions, labels, { classes: 4, inner: 12 });
  (images.gradient.data as Float32Array).forEach((g, i) => {
    near(g, (expected.gradient as Float32Array)[i], 1, `gradient[${i}]`);
  });
});

test('a label that is no class makes its row NaN, and no other; so does a distribution that is none', async () => {
  const classes = 3;
  const logits = new Tensor('float32', Float32Array.of(1, 2, 3, 1, 2, 3, 1, 2, 3), [3, 3]);
  const finite = (values: Tensor) => Array.from(values.data as Float32Array, Number.isFinite);
  for (const wrong of [3n, -1n]) {
    const labels = new Tensor('int64', BigInt64Array.of(0n, wrong, 2n), [3]);
    const { losses, gradient } = await run(exportOnnx({ classes, crossEntropyWeight: 1 }), logits, labels);
    assert.equal(finite(losses), [true, false, true], `label ${wrong}`);
    assert.equal(finite(gradient), [true, true, true, false, false, false, true, true, true], `label ${wrong}`);
  }
  for (const row of [
    [0.5, 0.5, 0.5],
    [-0.5, 1, 0.5],
    [Number.NaN, 0, 1],
  ]) {
    const labels = new Tensor('float32', Float32Array.of(1, 0, 0, ...row, 0, 0, 1), [3, 3]);
    const { losses } = await run(exportOnnx({ classes, targets: 'distributions' }), logits, labels);
    assert.equal(finite(losses), [true, false, true], `distribution ${row}`);
  }
});

test('wrong options', () => {
  const cases: [string, ReturnType<typeof wrongKinds>][] = [
    ['axis', wrongNumbers(0, 2, '1')],
    ['targets', wrongKinds('index', 1, null)],
    ['labelType', wrongKinds('uint8', 32)],
    ['floatType', wrongKinds('float64', 16)],
    ['upstream', wrongKinds(Float32Array.of(1), '1')],
    ['classWeights', [...wrongKinds(1, 'a'), ...wrongNumbers([1, 2], [1, 2, -1], [1, 2, Number.NaN])]],
    ['classes', wrongNumbers(1, 1.5)],
  ];
  for (const [name, wrongs] of cases) {
    for (const { value, type } of wrongs) {
      throws(() => exportOnnx({ classes: 3, [name]: value } as Anything), type, naming(name), `${name} ${show(value)}`);
    }
  }
  throws(
    () => exportOnnx({ classes: 3, sampleWeights: Float32Array.of(1) } as Anything),
    TypeError,
    /^sampleWeights: expected one of the options/,
  );
  throws(
    () => exportOnnx({ classes: 3, targets: 'distributions', ignoreIndex: 1 }),
    TypeError,
    /^ignoreIndex: expected undefined/,
  );
});

test.run();
