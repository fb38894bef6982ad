import { norm } from '../../test/numbers.js';
import { type OracleResult, type Problem, rowOf } from '../../test/oracle.js';
import { gradientBound, lossBound } from '../../test/tolerances.js';
import type { Output } from '../peers/peer.js';

/** Throws unless an output is what it has to be: within the accuracy that this package promises, whoever computed it. */
export function verify(output: Output, problem: Problem, expected: OracleResult): void {
  if (output.kind === 'loss') verifyLoss(output.loss, output.gradient, problem, expected);
  if (output.kind === 'copy') verifyCopy(output.source, output.copy);
}

function verifyLoss(loss: number, gradient: Float32Array, problem: Problem, expected: OracleResult): void {
  const { classes, inner } = problem;
  const { details } = expected;
  const bound = details.reduce((sum, row) => sum + lossBound(problem, row), 0) / details.length;
  near(loss, expected.loss, bound, 'loss');
  details.forEach((row, b) => {
    const actual = rowOf(gradient, b, classes, inner);
    const wanted = rowOf(expected.gradient, b, classes, inner);
    near(norm(actual.map((g, c) => g - wanted[c])), 0, gradientBound(problem, row) ?? Infinity, `gradient of row ${b}`);
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
