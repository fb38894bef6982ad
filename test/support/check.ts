// Compares the library's result with the oracle's, within the promised bounds.
import { evaluate } from '../../shared/oracle/call.js';
import { norm } from '../../shared/oracle/numbers.js';
import { oracle, type Problem, type Row, rowOf } from '../../shared/oracle/oracle.js';
import {
  crossEntropyBound,
  emdBound,
  gradientBound,
  gradientSumBound,
  lossBound,
  type Slack,
} from '../../shared/oracle/tolerances.js';

export interface Result {
  loss: number;
  crossEntropy: number;
  emd: number;
  rows: number;
  nonFinite: number;
  firstNonFinite: number;
  losses: unknown;
  gradient: unknown;
}

/** Evaluates the problem and checks every number of the result. */
export function checkProblem(problem: Problem, label: string): void {
  checkResult(problem, evaluate(problem), label);
}

export function checkResult(problem: Problem, result: Result, label: string, slack?: Slack): void {
  const expected = oracle(problem);
  same(result.rows, expected.rows, `${label}: rows`);
  same(result.nonFinite, expected.nonFinite, `${label}: nonFinite`);
  same(result.firstNonFinite, expected.firstNonFinite, `${label}: firstNonFinite`);

  const { details } = expected;
  const divisor = problem.reduction === 'sum' ? 1 : details.reduce((sum, row) => sum + row.weight, 0);
  const reduced = (bound: (row: Row) => number) =>
    divisor === 0 ? 0 : details.reduce((sum, row) => sum + (row.weight && bound(row)), 0) / divisor;
  near(
    result.loss,
    expected.loss,
    reduced((row) => lossBound(problem, row, slack)),
    `${label}: loss`,
  );
  near(
    result.crossEntropy,
    expected.crossEntropy,
    reduced((row) => row.weight * crossEntropyBound(row, slack)),
    `${label}: crossEntropy`,
  );
  near(
    result.emd,
    expected.emd,
    reduced((row) => row.weight * emdBound(problem, row, slack)),
    `${label}: emd`,
  );

  if (result.losses !== null)
    checkLosses(problem, result.losses as Float32Array, expected.losses, details, label, slack);
  if (result.gradient !== null)
    checkGradient(problem, result.gradient as Float32Array, expected.gradient, details, label, slack);
}

function near(actual: number, expected: number, bound: number, what: string): void {
  if (Object.is(actual, expected) || actual === expected) return;
  const error = Math.abs(actual - expected);
  if (!(error <= bound))
    throw new Error(`${what}: expected ${expected} within ${bound}, received ${actual} (error ${error})`);
}

function same(actual: number, expected: number, what: string): void {
  if (actual !== expected) throw new Error(`${what}: expected ${expected}, received ${actual}`);
}

function every(values: Float64Array, holds: (value: number) => boolean, what: string): void {
  if (!values.every(holds)) throw new Error(`${what}: received ${values}`);
}

function checkLosses(
  problem: Problem,
  losses: Float32Array,
  expected: Float64Array,
  details: Row[],
  label: string,
  slack?: Slack,
): void {
  same(losses.length, expected.length, `${label}: losses.length`);
  for (const [b, row] of details.entries()) {
    near(losses[b], expected[b], lossBound(problem, row, slack), `${label}: losses[${b}]`);
  }
}

function checkGradient(
  problem: Problem,
  gradient: Float32Array,
  expected: Float64Array,
  details: Row[],
  label: string,
  slack?: Slack,
): void {
  same(gradient.length, expected.length, `${label}: gradient.length`);
  for (const [b, row] of details.entries()) {
    const what = `${label}: gradient of row ${b}`;
    const actual = gradientRow(problem, gradient, b);
    const wanted = gradientRow(problem, expected, b);
    if (row.state === 'invalid') every(actual, Number.isNaN, `${what} is NaN throughout`);
    else if (row.state !== 'valid') every(actual, (g) => g === 0, `${what} is 0 throughout`);
    if (row.state !== 'valid') continue;

    const bound = gradientBound(problem, row, slack);
    // An entry that rounds to what was received is no error, infinities among them.
    const error = norm(actual.map((g, c) => (g === Math.fround(wanted[c]) ? 0 : g - wanted[c])));
    if (bound === undefined) every(actual, Number.isFinite, `${what} is finite`);
    else near(error, 0, bound, `${what}, norm of the error`);
    if (bound !== undefined && (problem.input ?? 'logits') === 'logits') {
      near(
        actual.reduce((a, g) => a + g, 0),
        0,
        gradientSumBound(problem, row, actual, slack),
        `${what}, sum`,
      );
    }
  }
}

/** One row of a [outer, classes, inner] array. */
export const gradientRow = ({ classes, inner }: Problem, values: ArrayLike<number>, row: number) =>
  rowOf(values, row, classes, inner);
