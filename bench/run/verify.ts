import { norm } from '../../shared/oracle/numbers.js';
import { type OracleResult, oracle, type Problem, rowOf } from '../../shared/oracle/oracle.js';
import { gradientBound, lossBound } from '../../shared/oracle/tolerances.js';
import type { BenchProblem } from '../cases/bench-problem.js';
import { type Case, workOf } from '../cases/case.js';
import type { Output } from '../peers/peer.js';
import { classDistances, classSums, ranks } from './oracle.js';

/** The right output, in double precision. */
export type Expected = { loss: OracleResult } | { numbers: Float64Array };

export function expectedOf(problem: BenchProblem, work: Case): Expected {
  switch (workOf(work)) {
    case 'sums':
      return { numbers: classSums(problem) };
    case 'distances':
      return { numbers: classDistances(problem) };
    case 'ranks':
      return { numbers: ranks(classDistances(problem), problem.classes) };
    default:
      return { loss: oracle(problem) };
  }
}

/** Throws unless an output is right: within the accuracy that this package promises, or `looseness` times that. */
export function verify(output: Output, problem: Problem, expected: Expected, looseness = 1): void {
  if (output.kind === 'loss' && 'loss' in expected) {
    verifyLoss(output.loss, output.gradient, problem, expected.loss, looseness);
  }
  if (output.kind === 'numbers' && 'numbers' in expected) verifyNumbers(output.values, expected.numbers, looseness);
  if (output.kind === 'copy') verifyCopy(output.source, output.copy);
}

function verifyLoss(
  loss: number,
  gradient: Float32Array,
  problem: Problem,
  expected: OracleResult,
  looseness: number,
): void {
  const { classes, inner } = problem;
  const { details } = expected;
  const bound = details.reduce((sum, row) => sum + lossBound(problem, row), 0) / details.length;
  near(loss, expected.loss, looseness * bound, 'loss');
  details.forEach((row, b) => {
    const actual = rowOf(gradient, b, classes, inner);
    const wanted = rowOf(expected.gradient, b, classes, inner);
    const allowed = looseness * (gradientBound(problem, row) ?? Infinity);
    near(norm(actual.map((g, c) => g - wanted[c])), 0, allowed, `gradient of row ${b}`);
  });
}

/** As a share of the largest number. */
const NUMBER_BOUND = 2e-6;

function verifyNumbers(values: Float32Array | Float64Array, expected: Float64Array, looseness: number): void {
  if (values.length !== expected.length)
    throw new Error(`expected ${expected.length} numbers, received ${values.length}`);
  const largest = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  expected.forEach((value, i) => {
    near(values[i], value, looseness * NUMBER_BOUND * largest, `number ${i}`);
  });
}

function near(actual: number, expected: number, bound: number, what: string): void {
  const error = Math.abs(actual - expected);
  if (error <= bound) return;
  throw new Error(`${what} is off by ${error.toExponential(2)}, more than ${bound.toExponential(2)}`);
}

function verifyCopy(source: Float32Array, copy: Float32Array): void {
  const wrong = copy.findIndex((value, i) => value !== source[i]);
  if (wrong >= 0) throw new Error(`element ${wrong} is ${copy[wrong]}, not ${source[wrong]}`);
}
