// Turns problems into calls of the loss of tfjs, and compares its answers with the float64 reference.
import * as assert from 'uvu/assert';
import type { TfjsEmdOptions } from '../../lib/tfjs.js';
import { optionsOf } from '../../shared/oracle/call.js';
import { oracle, type Problem } from '../../shared/oracle/oracle.js';
import { allowed, CHOICES, type Description, GROUNDS, makeProblem, PLAIN } from '../../shared/oracle/problems.js';
import { Random } from '../../shared/oracle/random.js';
import { allPairs } from './covering.js';
import { seed } from './scale.js';
import type { Answer, Call } from './tfjs-call.js';

const TOLERANCE = 1e-5;

export function tfjsOptionsOf(problem: Problem): TfjsEmdOptions {
  const { classes, input, upstream, inner, sampleWeights, ...options } = optionsOf(problem);
  return { reduction: 'mean', ...options, fromLogits: input !== 'probabilities' } as TfjsEmdOptions;
}

/** A problem as a call, with several leading dimensions if the number of rows allows it. */
export function callOf(problem: Problem): Call {
  const { classes, targets, upstream = 1 } = problem;
  const rows = problem.predictions.length / classes;
  const leading = rows % 2 === 0 ? [2, rows / 2] : [rows];
  const numbers = (values: ArrayLike<number | bigint>) => Array.from(values, Number);
  return {
    predictions: numbers(problem.predictions),
    shape: [...leading, classes],
    labels:
      targets.kind === 'index'
        ? { values: numbers(targets.values), shape: leading, dtype: 'int32' }
        : { values: numbers(targets.values), shape: [...leading, classes], dtype: 'float32' },
    upstream: typeof upstream === 'number' ? upstream : numbers(upstream),
  };
}

function near(actual: number, expected: number, scale: number, what: string): void {
  const same = Number.isFinite(expected)
    ? Math.abs(actual - expected) <= TOLERANCE * scale
    : Object.is(actual, expected);
  assert.ok(same, `${what}: expected ${expected}, received ${actual}`);
}

export function compare(problem: Problem, actual: Answer, what: string): void {
  const { classes, reduction = 'mean' } = problem;
  const expected = oracle(problem);
  const values = reduction === 'none' ? Array.from(expected.losses) : [expected.loss];
  assert.is(actual.reads, 0, `${what}: readbacks`);
  assert.is(actual.value.length, values.length, what);
  values.forEach((value, i) => {
    near(actual.value[i], value, Math.max(1, Math.abs(value)), `${what}: loss[${i}]`);
  });
  const slopes = Array.from(expected.gradient);
  // In sure rows everything is small, but float32 probabilities near 1 are 6e-8 apart.
  const largest = Math.max(0.02, ...slopes.filter((g) => !Number.isNaN(g)).map(Math.abs));
  slopes.forEach((g, i) => {
    // With power 1 the gradient is not certain in float32 if the sign of the mass that crosses a boundary is not.
    const { uncertain } = expected.details[Math.floor(i / classes)];
    if (problem.power !== 1 || uncertain === 0) near(actual.gradient[i], g, largest, `${what}: gradient[${i}]`);
  });
}

const values = {
  ground: GROUNDS,
  power: CHOICES.power,
  input: CHOICES.input,
  targets: CHOICES.targets,
  normalization: CHOICES.normalization,
  reduction: CHOICES.reduction,
  mix: CHOICES.mix,
  weights: ['none', 'class'],
  ignore: CHOICES.ignore,
  upstream: CHOICES.upstream,
  mood: ['calm', 'peaked', 'sure', 'masked'],
} as const;

/** Options combined pairwise under every ground distance, with each of these numbers of classes. */
export function* pairwiseProblems(sizes: readonly number[]): Generator<[Problem, string]> {
  const random = new Random(seed);
  const descriptions = allPairs(values, (d) => allowed(d as Partial<Description>), random);
  for (const [i, chosen] of descriptions.entries()) {
    for (const classes of sizes) {
      const description: Description = { ...PLAIN, ...chosen, classes, rows: 6 };
      yield [makeProblem(description, seed + i), JSON.stringify(description)];
    }
  }
}
