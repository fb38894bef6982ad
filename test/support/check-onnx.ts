// Runs exported models on a runtime, and compares them with the kernels.
import type { InferenceSession, Tensor } from 'onnxruntime-common';
import * as assert from 'uvu/assert';
import { type ExportOptions, exportOnnx } from '../../lib/onnx/export.js';
import { evaluate, optionsOf, predictionsOf, targetsOf } from '../../shared/oracle/call.js';
import { oracle, type Problem } from '../../shared/oracle/oracle.js';
import { allowed, CHOICES, type Description, GROUNDS, makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { allPairs } from './covering.js';
import { seed } from './scale.js';

/** The part of onnxruntime-node or onnxruntime-web that is used. */
export interface Runtime {
  InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<Session>;
  };
  Tensor: typeof Tensor;
}

interface Session {
  run(feeds: Feeds): Promise<Feeds>;
  release(): Promise<void>;
}

const TOLERANCE = 1e-5;

export function exportOf(problem: Problem, extra: Partial<ExportOptions> = {}): Uint8Array {
  const { inner, sampleWeights, gradient: _, upstream, classWeights, ...options } = optionsOf(problem);
  return exportOnnx({
    ...options,
    classWeights: classWeights as Float32Array | undefined,
    upstream: upstream as number | undefined,
    sampleWeights: sampleWeights !== undefined,
    axis: (inner ?? 1) > 1 ? 1 : -1,
    ...((inner ?? 1) > 1 && { dims: ['batch', problem.classes, 'pixels'] }),
    targets: problem.targets.kind === 'index' ? 'indices' : 'distributions',
    ...extra,
  });
}

/** The values of a model's inputs by their names. */
export type Feeds = Record<string, Tensor>;

export async function run(runtime: Runtime, model: Uint8Array, feeds: Feeds): Promise<Feeds> {
  const session = await runtime.InferenceSession.create(model, { intraOpNumThreads: 1, graphOptimizationLevel: 'all' });
  const results = await session.run(feeds);
  await session.release();
  return results;
}

/** The outputs of a model for logits and labels. */
export const evaluated = (runtime: Runtime, model: Uint8Array, logits: Tensor, labels: Tensor): Promise<Feeds> =>
  run(runtime, model, { logits, labels });

export function feedsOf({ Tensor }: Pick<Runtime, 'Tensor'>, problem: Problem): Feeds {
  const predictions = predictionsOf(problem);
  const { classes, inner = 1, targets, sampleWeights } = problem;
  const outer = predictions.length / classes / inner;
  const dims = inner > 1 ? [outer, classes, inner] : [outer, classes];
  const rowDims = inner > 1 ? [outer, inner] : [outer];
  const values = targetsOf(targets);
  return {
    logits: new Tensor('float32', predictions, dims),
    labels:
      targets.kind === 'index'
        ? new Tensor('int64', BigInt64Array.from(values, BigInt), rowDims)
        : new Tensor('float32', values as Float32Array, dims),
    ...(sampleWeights && { sampleWeights: new Tensor('float32', Float32Array.from(sampleWeights), rowDims) }),
  };
}

export function near(actual: number, expected: number, scale: number, what: string): void {
  const same = Number.isFinite(expected)
    ? Math.abs(actual - expected) <= TOLERANCE * scale
    : Object.is(actual, expected);
  assert.ok(same, `${what}: expected ${expected}, received ${actual}`);
}

export async function check(runtime: Runtime, problem: Problem, what: string): Promise<void> {
  compare(problem, await run(runtime, exportOf(problem), feedsOf(runtime, problem)), evaluate(problem), what);
}

/** Rows whose gradient is certain in float32: with power 1 it is not if the sign of the mass that crosses a boundary is not. */
function certainRows(problem: Problem): boolean[] {
  return oracle(problem).details.map(({ uncertain }) => problem.power !== 1 || uncertain === 0);
}

/** Compares the outputs of a model with the expected numbers. */
export function compare(
  problem: Problem,
  { loss, losses, gradient }: Feeds,
  expected: { loss?: number; losses: unknown; gradient: unknown },
  what: string,
): void {
  const { classes, inner = 1 } = problem;
  const rows = Array.from(expected.losses as ArrayLike<number>);
  const slopes = Array.from(expected.gradient as ArrayLike<number>);
  const scaled = (value: number, wanted: number, name: string) =>
    near(value, wanted, Math.max(1, Math.abs(wanted)), `${what}: ${name}`);
  assert.equal(loss.dims, [], what);
  scaled(Number((loss.data as Float32Array)[0]), expected.loss ?? Number.NaN, 'loss');
  assert.is(losses.size, rows.length, what);
  rows.forEach((value, row) => {
    scaled((losses.data as Float32Array)[row], value, `losses[${row}]`);
  });
  assert.equal(gradient.dims, inner > 1 ? [rows.length / inner, classes, inner] : [rows.length, classes], what);
  // In sure rows everything is small, but float32 probabilities near 1 are 6e-8 apart.
  const largest = Math.max(0.02, ...slopes.filter((g) => !Number.isNaN(g)).map(Math.abs));
  const certain = certainRows(problem);
  slopes.forEach((g, i) => {
    const row = Math.floor(i / (classes * inner)) * inner + (i % inner);
    if (certain[row]) near((gradient.data as Float32Array)[i], g, largest, `${what}: gradient[${i}]`);
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
  weights: CHOICES.weights,
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
