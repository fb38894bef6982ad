// Runs exported models on a runtime, and compares them with the kernels.
import type { InferenceSession, Tensor } from 'onnxruntime-common';
import * as assert from 'uvu/assert';
import { type ExportOptions, exportOnnx } from '../lib/onnx/export.js';
import { evaluate, optionsOf, predictionsOf, targetsOf } from './call.js';
import { allPairs } from './covering.js';
import type { Problem } from './oracle.js';
import { allowed, CHOICES, type Description, GROUNDS, makeProblem, PLAIN } from './problems.js';
import { Random } from './random.js';
import { seed } from './scale.js';

/** onnxruntime-node or onnxruntime-web. */
export interface Runtime {
  InferenceSession: { create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession> };
  Tensor: typeof Tensor;
}

const TOLERANCE = 1e-5;

export function exportOf(problem: Problem, extra: Partial<ExportOptions> = {}): Uint8Array {
  const { inner, sampleWeights: _, upstream, classWeights, ...options } = optionsOf(problem);
  return exportOnnx({
    ...options,
    classWeights: classWeights as Float32Array | undefined,
    upstream: upstream as number | undefined,
    axis: (inner ?? 1) > 1 ? 1 : -1,
    ...((inner ?? 1) > 1 && { dims: ['batch', problem.classes, 'pixels'] }),
    targets: problem.targets.kind === 'index' ? 'indices' : 'distributions',
    ...extra,
  });
}

export async function run(runtime: Runtime, model: Uint8Array, logits: Tensor, labels: Tensor) {
  const session = await runtime.InferenceSession.create(model, { intraOpNumThreads: 1, graphOptimizationLevel: 'all' });
  const { loss, losses, gradient } = await session.run({ logits, labels });
  await session.release();
  return { loss, losses, gradient };
}

function tensorsOf({ Tensor }: Runtime, problem: Problem): { logits: Tensor; labels: Tensor } {
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

export function near(actual: number, expected: number, scale: number, what: string): void {
  const same = Number.isFinite(expected)
    ? Math.abs(actual - expected) <= TOLERANCE * scale
    : Object.is(actual, expected);
  assert.ok(same, `${what}: expected ${expected}, received ${actual}`);
}

export async function check(runtime: Runtime, problem: Problem, what: string): Promise<void> {
  const expected = evaluate(problem);
  const { logits, labels } = tensorsOf(runtime, problem);
  const { loss, losses, gradient } = await run(runtime, exportOf(problem), logits, labels);
  assert.equal(loss.dims, [], what);
  assert.equal(gradient.dims, logits.dims, what);
  near(Number((loss.data as Float32Array)[0]), expected.loss, Math.max(1, Math.abs(expected.loss)), `${what}: loss`);
  const rows = expected.losses as Float32Array;
  assert.is(losses.size, rows.length, what);
  rows.forEach((value, row) => {
    near((losses.data as Float32Array)[row], value, Math.max(1, Math.abs(value)), `${what}: losses[${row}]`);
  });
  const slopes = expected.gradient as Float32Array;
  // Of sure rows all is small, and float32 probabilities near 1 are no closer than 6e-8.
  const largest = Math.max(0.02, ...slopes.filter((g) => !Number.isNaN(g)).map(Math.abs));
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

/** Options combined pairwise under every ground distance, with each of these numbers of classes. */
export async function checkPairwise(runtime: Runtime, sizes: readonly number[]): Promise<void> {
  const random = new Random(seed);
  const descriptions = allPairs(values, (d) => allowed(d as Partial<Description>), random);
  for (const [i, chosen] of descriptions.entries()) {
    for (const classes of sizes) {
      const description = { ...PLAIN, ...chosen, classes, rows: 6 };
      await check(runtime, makeProblem(description, seed + i), JSON.stringify(description));
    }
  }
}
