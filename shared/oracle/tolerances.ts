// The accuracy that the library promises (see the table in the README), as bounds on one row.
import { norm } from './numbers.js';
import type { Problem, Row } from './oracle.js';

/** How much wider than that a backend's bounds are. */
export interface Slack {
  /** On losses. */
  loss: number;
  /** On gradients, relative to their norm, and on what is added to that. */
  gradient: number;
  second: number;
  /** Whether with distributions and probabilities as input `sqrt(C)` takes the place of `||p||`. */
  uniform: boolean;
}

const NONE: Slack = { loss: 1, gradient: 1, second: 1, uniform: false };
/** WebGPU computes in float32 throughout. */
export const WEBGPU: Slack = { loss: 2.5, gradient: 4, second: 2, uniform: true };

const isIndex = (problem: Problem) => problem.targets.kind === 'index';
const isLogits = (problem: Problem) => (problem.input ?? 'logits') === 'logits';
const hasRoot = (problem: Problem) =>
  (problem.power ?? 2) === 2 && (problem.normalization === 'root-mean' || problem.normalization === 'nima');
const offset = (problem: Problem) => (problem.ground.kind === 'matrix' ? (problem.ground.offset ?? 0) : 0);

const isEnergy = (problem: Problem) => problem.ground.kind === 'energy';

/** On E after its per-class normalization. */
export function emdBound(problem: Problem, row: Row, slack = NONE): number {
  return slack.loss * narrowEmdBound(problem, row);
}

function narrowEmdBound(problem: Problem, row: Row): number {
  if (isEnergy(problem) && isIndex(problem) && isLogits(problem) && row.emd >= 1e-22) {
    return 4e-6 * (row.normalized + row.moved);
  }
  if (isIndex(problem) && isLogits(problem) && offset(problem) >= 0 && row.emd >= 1e-22) return 4e-6 * row.normalized;
  const distribution = isIndex(problem) && !isEnergy(problem) ? 0 : 2e-7 * Math.sqrt(Math.abs(row.emd) * row.scale);
  if (!hasRoot(problem)) return (4e-6 * Math.max(1, Math.abs(row.emd)) + distribution) / row.terms;
  const slope = row.normalized === 0 ? 0 : 0.5 / (row.normalized * row.terms);
  return 4e-6 * Math.max(1, row.normalized) + distribution * slope;
}

export function crossEntropyBound(row: Row, slack = NONE): number {
  return slack.loss * 4e-6 * Math.max(1, Math.abs(row.crossEntropy));
}

/** On the loss of a row. */
export function lossBound(problem: Problem, row: Row, slack = NONE): number {
  const { crossEntropyWeight = 0, emdWeight = 1 } = problem;
  const crossEntropy = crossEntropyWeight === 0 ? 0 : crossEntropyWeight * crossEntropyBound(row, slack);
  const emd = emdWeight === 0 ? 0 : emdWeight * emdBound(problem, row, slack);
  return row.weight * (crossEntropy + emd);
}

/** On the 2-norm of the error of a gradient row; undefined where nothing is promised. */
export function gradientBound(problem: Problem, row: Row, slack = NONE): number | undefined {
  const { crossEntropyWeight = 0, emdWeight = 1 } = problem;
  const factor = Math.abs(row.factor);
  const crossEntropy =
    crossEntropyWeight *
    (slack.gradient * 5e-6 * norm(row.crossEntropyGradient) + crossEntropyCancellation(problem, row, slack));
  if (emdWeight === 0) return factor * Math.max(crossEntropy, tinyRow(problem, row));
  if (hasRoot(problem) && row.emd < 1e-8) return undefined;

  const rounding = (hasRoot(problem) ? 4 : 1) * slack.gradient * 5e-6 * norm(row.emdGradient);
  const emd = emdWeight * (rounding + cancellation(problem, row, slack) + doubtfulSigns(problem, row));
  return factor * Math.max(crossEntropy + emd, tinyRow(problem, row));
}

/** On the absolute value of the sum of a gradient row with respect to logits whose entries are `gradient`. */
export function gradientSumBound(problem: Problem, row: Row, gradient: Float64Array, slack = NONE): number {
  const { crossEntropyWeight = 0, emdWeight = 1 } = problem;
  const oneNorm = gradient.reduce((sum, g) => sum + Math.abs(g), 0);
  const second =
    emdWeight * cancellation(problem, row, slack) + crossEntropyWeight * crossEntropyCancellation(problem, row, slack);
  return slack.gradient * 2e-6 * oneNorm + Math.abs(row.factor) * Math.max(second, tinyRow(problem, row));
}

// The promise's second term. Probabilities with an index target are held to that of the one-hot distribution.
function cancellation(problem: Problem, row: Row, { second, uniform }: Slack): number {
  const power = problem.power ?? 2;
  const times = second * (hasRoot(problem) ? 4 : 1);
  if (isIndex(problem) && isLogits(problem)) {
    if (isEnergy(problem)) return times * 1e-6 * row.moved;
    return times * 1e-6 * (offset(problem) < 0 ? row.absoluteSlope : power * row.normalized);
  }
  const scale = hasRoot(problem) ? row.scale : row.scale / row.terms;
  const reach = uniform && !isLogits(problem) && !isIndex(problem) ? Math.sqrt(problem.classes) : row.probabilityNorm;
  return times * 5e-7 * (isEnergy(problem) ? 1 : power) * scale * reach;
}

// The table has no such term, but nothing computed from float32 numbers keeps digits of a p - t that is as small as the
// rounding of t. The library keeps p itself to 28 bits there.
function crossEntropyCancellation(problem: Problem, row: Row, { second }: Slack): number {
  return isIndex(problem) || !isLogits(problem) ? 0 : second * 2 ** -28 * row.probabilityNorm;
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
