// How well predicted and actual classes agree: their counts, and Cohen's kappa with weights.
import { allocateSquare, integer } from '../checks/arguments.js';
import { MAX_CLASSES } from '../checks/limits.js';
import { addTo, type ClassIndices, eachPair, type MetricOptions, type SumsByClass } from './samples.js';

/**
 * The number of samples of each actual class (row) that were predicted as each class (column), [classes, classes]; with sample
 * weights, the sum of their weights.
 *
 * @throws TypeError; RangeError, also where the matrix would need more than 2 GiB.
 */
export function confusionMatrix(
  predicted: ClassIndices,
  actual: ClassIndices,
  classes: number,
  options?: MetricOptions & { sampleWeights?: undefined },
): Uint32Array;
export function confusionMatrix(
  predicted: ClassIndices,
  actual: ClassIndices,
  classes: number,
  options: MetricOptions & { sampleWeights: NonNullable<MetricOptions['sampleWeights']> },
): Float64Array;
export function confusionMatrix(
  predicted: ClassIndices,
  actual: ClassIndices,
  classes: number,
  options?: MetricOptions,
): Uint32Array | Float64Array;
export function confusionMatrix(
  predicted: ClassIndices,
  actual: ClassIndices,
  classes: number,
  options: MetricOptions = {},
): Uint32Array | Float64Array {
  integer('classes', classes, 2, MAX_CLASSES);
  const Counts = Object(options).sampleWeights === undefined ? Uint32Array : Float64Array;
  const counts = allocateSquare<Uint32Array | Float64Array>('classes', classes, Counts);
  eachPair(predicted, actual, classes, options, (p, a, weight) => {
    counts[a * classes + p] += weight;
  });
  return counts;
}

/**
 * Cohen's kappa with quadratic weights: 1 for perfect agreement, 0 for as much as by chance. NaN if chance alone agrees
 * perfectly: without samples, or if all samples are of one class and predicted as that class.
 */
export function quadraticWeightedKappa(
  predicted: ClassIndices,
  actual: ClassIndices,
  classes: number,
  options: MetricOptions = {},
): number {
  return weightedKappa(predicted, actual, classes, options, 2);
}

/** Like {@link quadraticWeightedKappa}, with the error itself as weight instead of its square. */
export function linearWeightedKappa(
  predicted: ClassIndices,
  actual: ClassIndices,
  classes: number,
  options: MetricOptions = {},
): number {
  return weightedKappa(predicted, actual, classes, options, 1);
}

function weightedKappa(
  predicted: unknown,
  actual: unknown,
  classes: number,
  options: MetricOptions,
  power: 1 | 2,
): number {
  integer('classes', classes, 2, MAX_CLASSES);
  // The weight of the samples that are of each class, and of those that are predicted as it.
  const margins: SumsByClass = new Map();
  let weights = 0;
  let observed = 0;
  eachPair(predicted, actual, classes, options, (p, a, weight) => {
    const error = Math.abs(p - a);
    weights += weight;
    observed += weight * (power === 1 ? error : error * error);
    addTo(margins, a, weight, 0);
    addTo(margins, p, 0, weight);
  });
  return 1 - (observed * weights) / byChance(margins, power);
}

/** `sum_ij a_i p_j abs(i - j)^power`: sums of what is not negative, so that it is exactly 0 if there is only one class. */
function byChance(margins: SumsByClass, power: 1 | 2): number {
  // Of the classes before each, as actual and as predicted classes: the sums of weight times distance to the power of 0, 1 and 2.
  const before = [
    [0, 0, 0],
    [0, 0, 0],
  ];
  let total = 0;
  let last = 0;
  for (const [place, [actual, predicted]] of [...margins].sort(([a], [b]) => a - b)) {
    const step = place - last;
    for (const sums of before) {
      sums[2] += step * (2 * sums[1] + step * sums[0]);
      sums[1] += step * sums[0];
    }
    total += actual * before[1][power] + predicted * before[0][power];
    before[0][0] += actual;
    before[1][0] += predicted;
    last = place;
  }
  return total;
}
