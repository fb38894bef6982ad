import { integer, knownOptions, wholeRows } from '../checks/arguments.js';
import { MAX_CLASSES } from '../checks/limits.js';
import { type ClassIndices, eachActual, METRIC, type MetricOptions } from './samples.js';

export interface RankedProbabilityScoreOptions extends MetricOptions {
  /** C, 2..16777216. */
  classes: number;
}

const KNOWN = { classes: true, ...METRIC } as const satisfies Record<keyof RankedProbabilityScoreOptions, true>;

/**
 * The ranked probability score: the mean over samples of `sum_j (P_j - T_j)^2`, where `P` and `T` are the cumulative
 * distributions. It is the squared EMD over classes on a line at distance 1; 0 is perfect. NaN without samples.
 *
 * @param probabilities [rows, classes]
 * @param actual [rows]
 */
export function rankedProbabilityScore(
  probabilities: Float32Array,
  actual: ClassIndices,
  options: RankedProbabilityScoreOptions,
): number {
  knownOptions(options, KNOWN);
  const classes = integer('classes', options.classes, 2, MAX_CLASSES);
  const rows = wholeRows('probabilities', probabilities, classes);
  let sum = 0;
  let weights = 0;
  eachActual(actual, rows, classes, options, (row, label, weight) => {
    let score = 0;
    let difference = 0;
    for (let j = 0; j < classes - 1; j++) {
      difference += probabilities[row * classes + j] - (j === label ? 1 : 0);
      score += difference * difference;
    }
    sum += weight * score;
    weights += weight;
  });
  return sum / weights;
}
