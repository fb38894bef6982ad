// The accuracy that the library promises (see the table in the README), as bounds on one row.
import { norm } from './numbers.js';
import type { Problem, Row } from './oracle.js';

const isIndex = (problem: Problem) => problem.targets.kind === 'index';
const isLogits = (problem: Problem) => (problem.input ?? 'logits') === 'logits';
const hasRoot = (problem: Problem) =>
  (problem.power ?? 2) === 2 && (problem.normalization === 'root-mean' || problem.normalization === 'nima');
const offset = (problem: Problem) => (problem.ground.kind === 'matrix' ? (problem.ground.offset ?? 0) : 0);

const isEnergy = (problem: Problem) => problem.ground.kind === 'energy';

/** The bound on E after normalization. */
export function emdBound(problem: Problem, row: Row): number {
  if (isEnergy(problem) && isIndex(problem) && isLogits(problem) && row.emd >= 1e-22) {
    return 4e-6 * (row.normalized + row.moved);
  }
  if (isIndex(problem) && isLogits(problem) && offset(problem) >= 0 && row.emd >= 1e-22) return 4e-6 * row.normalized;
  const distribution = isIndex(problem) && !isEnergy(problem) ? 0 : 2e-7 * Math.sqrt(Math.abs(row.emd) * row.scale);
  if (!hasRoot(problem)) return (4e-6 * Math.max(1, Math.abs(row.emd)) + distribution) / row.terms;
  const slope = row.normalized === 0 ? 0 : 0.5 / (row.normalized * row.terms);
  return 4e-6 * Math.max(1, row.normalized) + distribution * slope;
}

export function crossEntropyBound(row: Row): number {
  return 4e-6 * Math.max(1, Math.abs(row.crossEntropy));
}

/** The bound on the loss of a row. */
export function lossBound(problem: Problem, row: Row): number {
  const { crossEntropyWeight = 0, emdWeight = 1 } = problem;
  const crossEntropy = crossEntropyWeight === 0 ? 0 : crossEntropyWeight * crossEntropyBound(row);
  const emd = emdWeight === 0 ? 0 : emdWeight * emdBound(problem, row);
  return row.weight * (crossEntropy + emd);
}

/** The bound on the 2-norm of the error of a gradient row; undefined if nothing is promised. */
export function gradientBound(problem: Problem, row: Row): number | undefined {
  const { crossEntropyWeight = 0, emdWeight = 1 } = problem;
  const factor = Math.abs(row.factor);
  const crossEntropy =
    crossEntropyWeight * (5e-6 * norm(row.crossEntropyGradient) + crossEntropyCancellation(problem, row));
  if (emdWeight === 0) return factor * Math.max(crossEntropy, tinyRow(problem, row));
  if (hasRoot(problem) && row.emd < 1e-8) return undefined;

  const rounding = (hasRoot(problem) ? 4 : 1) * 5e-6 * norm(row.emdGradient);
  const emd = emdWeight * (rounding + cancellation(problem, row) + doubtfulSigns(problem, row));
  return factor * Math.max(crossEntropy + emd, tinyRow(problem, row));
}

/** The bound on the absolute value of the sum of `gradient`, a gradient row with respect to logits. */
export function gradientSumBound(problem: Problem, row: Row, gradient: Float64Array): number {
  const { crossEntropyWeight = 0, emdWeight = 1 } = problem;
  const oneNorm = gradient.reduce((sum, g) => sum + Math.abs(g), 0);
  const second = emdWeight * cancellation(problem, row) + crossEntropyWeight * crossEntropyCancellation(problem, row);
  return 2e-6 * oneNorm + Math.abs(row.factor) * Math.max(second, tinyRow(problem, row));
}

// The second term of the promise. For probabilities with an index target it is that of the one-hot distribution.
function cancellation(problem: Problem, row: Row): number {
  const power = problem.power ?? 2;
  const times = hasRoot(problem) ? 4 : 1;
  if (isIndex(problem) && isLogits(problem)) {
    if (isEnergy(problem)) return times * 1e-6 * row.moved;
    return times * 1e-6 * (offset(problem) < 0 ? row.absoluteSlope : power * row.normalized);
  }
  const scale = hasRoot(problem) ? row.scale : row.scale / row.terms;
  return times * 5e-7 * (isEnergy(problem) ? 1 : power) * scale * row.probabilityNorm;
}

// The table has no such term, but nothing computed from float32 numbers can keep digits of a p - t that is as small as the
// rounding error of t. The library keeps p itself to 28 bits there.
function crossEntropyCancellation(problem: Problem, row: Row): number {
  return isIndex(problem) || !isLogits(problem) ? 0 : 2 ** -28 * row.probabilityNorm;
}

// With power 1, a boundary that almost no mass crosses may contribute anything between -w and w.
function doubtfulSigns(problem: Problem, row: Row): number {
  if (problem.power !== 1) return 0;
  const reach = isLogits(problem) ? row.probabilityNorm : Math.sqrt(row.emdGradient.length);
  return (4 * row.uncertain * reach) / row.terms;
}

// If E < 1e-22, probabilities are below 2^-62, and may be taken for 0. About cross entropy E says nothing: with a negative offset
// it is not small although everything else is.
function tinyRow(problem: Problem, row: Row): number {
  const { crossEntropyWeight = 0, emdWeight = 1, power = 2 } = problem;
  if ((emdWeight === 0 ? row.crossEntropy : Math.abs(row.emd)) >= 1e-22) return 0;
  return problem.classes * 2 ** -62 * (crossEntropyWeight + emdWeight * power * row.scale);
}
