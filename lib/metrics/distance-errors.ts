// Mean errors, from the distance between predicted and actual class.
import { integer, knownOptions } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { MAX_CLASSES } from '../checks/limits.js';
import { classDistances, type GroundDistanceLike } from './class-distances.js';
import { addTo, type ClassIndices, eachPair, METRIC, type MetricOptions, type SumsByClass } from './samples.js';

export interface MeanDistanceOptions extends MetricOptions {
  /** C, 2..16777216. */
  classes: number;
}

const MEAN_DISTANCE = { classes: true, ...METRIC } as const satisfies Record<keyof MeanDistanceOptions, true>;

/** The share of samples whose predicted class is the actual one. NaN without samples. */
export function accuracy(predicted: ClassIndices, actual: ClassIndices, options: MetricOptions = {}): number {
  return accuracyWithin(predicted, actual, 0, options);
}

/**
 * The share of samples whose predicted class is at most this far from the actual one; 1 gives the paper's AEO. NaN without
 * samples.
 */
export function accuracyWithin(
  predicted: ClassIndices,
  actual: ClassIndices,
  distance: number,
  options: MetricOptions = {},
): number {
  if (typeof distance !== 'number') throw wrongType('distance', 'a number', distance);
  if (!(distance >= 0)) throw wrongRange('distance', 'a number that is not negative', distance);
  return meanOf(predicted, actual, MAX_CLASSES, options, (p, a) => (Math.abs(p - a) <= distance ? 1 : 0));
}

/** The mean of the distances between predicted and actual class index. NaN without samples. */
export function meanAbsoluteError(predicted: ClassIndices, actual: ClassIndices, options: MetricOptions = {}): number {
  return meanOf(predicted, actual, MAX_CLASSES, options, (p, a) => Math.abs(p - a));
}

/**
 * The mean of the distances between predicted and actual class: along the line, the shorter way round the circle, along the edges
 * of the tree, or the entry of the matrix before exponent and offset. NaN without samples.
 *
 * @param groundDistance Made by `ordered()`, `positions()`, `circular()`, `tree()`, `energy()` or `matrix()`, or what its
 *   `toJSON()` returned.
 */
export function meanDistance(
  predicted: ClassIndices,
  actual: ClassIndices,
  groundDistance: GroundDistanceLike,
  options: MeanDistanceOptions,
): number {
  knownOptions(options, MEAN_DISTANCE);
  const { classes, ...rest } = options;
  integer('classes', classes, 2, MAX_CLASSES);
  const { between } = classDistances(groundDistance, classes);
  return meanOf(predicted, actual, classes, rest, between);
}

/**
 * The macro-averaged mean absolute error, AMAE: the mean over classes of the mean absolute error of each class's samples, in
 * which every class counts alike, however rare (Baccianella, Esuli, Sebastiani, Evaluation Measures for Ordinal Regression,
 * 2009). Classes without samples are left out. NaN without samples.
 */
export function macroAverageError(
  predicted: ClassIndices,
  actual: ClassIndices,
  classes: number,
  options: MetricOptions = {},
): number {
  const errors = errorsByClass(predicted, actual, classes, options);
  return errors.reduce((sum, error) => sum + error, 0) / errors.length;
}

/**
 * The maximum mean absolute error, MMAE: that of the class for which it is largest (Cruz-Ramirez et al., Metrics to guide a
 * multi-objective evolutionary algorithm for ordinal classification, 2014). Classes without samples are left out. NaN without
 * samples.
 */
export function maximumAverageError(
  predicted: ClassIndices,
  actual: ClassIndices,
  classes: number,
  options: MetricOptions = {},
): number {
  const errors = errorsByClass(predicted, actual, classes, options);
  return errors.length === 0 ? Number.NaN : errors.reduce((largest, error) => Math.max(largest, error));
}

/** The mean absolute error of each class that has samples. */
function errorsByClass(predicted: unknown, actual: unknown, classes: number, options: MetricOptions): number[] {
  integer('classes', classes, 2, MAX_CLASSES);
  const sums: SumsByClass = new Map();
  eachPair(predicted, actual, classes, options, (p, a, weight) => addTo(sums, a, weight * Math.abs(p - a), weight));
  return Array.from(sums.values(), ([error, weight]) => error / weight);
}

function meanOf(
  predicted: unknown,
  actual: unknown,
  classes: number,
  options: MetricOptions,
  of: (predicted: number, actual: number) => number,
): number {
  let sum = 0;
  let weights = 0;
  eachPair(predicted, actual, classes, options, (p, a, weight) => {
    sum += weight * of(p, a);
    weights += weight;
  });
  return sum / weights;
}
