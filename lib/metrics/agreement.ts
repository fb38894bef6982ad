// How well predicted and actual classes agree: their counts, and Cohen's kappa with weights.
import { allocateSquare, integer } from '../checks/arguments.js';
import { MAX_CLASSES } from '../checks/limits.js';
import { type ClassIndices, eachPair, type MetricOptions } from './samples.js';

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
  const counts =
    Object(options).sampleWeights === undefined
      ? allocateSquare('classes', classes, Uint32Array)
      : allocateSquare('classes', classes, Float64Array);
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
  return weightedKappa(predicted, actual, classes, options, (error) => error * error, squaredByChance);
}

/** Like {@link quadraticWeightedKappa}, with the error itself as weight instead of its square. */
export function linearWeightedKappa(
  predicted: ClassIndices,
  actual: ClassIndices,
  classes: number,
  options: MetricOptions = {},
): number {
  return weightedKappa(predicted, actual, classes, options, (error) => error, absoluteByChance);
}

/** The weight of the samples of each class, as actual and as predicted class, in increasing order of the classes. */
type Margins = readonly (readonly [place: number, actual: number, predicted: number])[];

function weightedKappa(
  predicted: unknown,
  actual: unknown,
  classes: number,
  options: MetricOptions,
  ofError: (error: number) => number,
  byChance: (margins: Margins) => number,
): number {
  integer('classes', classes, 2, MAX_CLASSES);
  const actuals = new Map<number, number>();
  const guesses = new Map<number, number>();
  const add = (sums: Map<number, number>, place: number, weight: number) =>
    sums.set(place, (sums.get(place) ?? 0) + weight);
  let weights = 0;
  let observed = 0;
  eachPair(predicted, actual, classes, options, (p, a, weight) => {
    weights += weight;
    observed += weight * ofError(Math.abs(p - a));
    add(actuals, a, weight);
    add(guesses, p, weight);
  });
  const places = [...new Set([...actuals.keys(), ...guesses.keys()])].sort((a, b) => a - b);
  const margins = places.map((place) => [place, actuals.get(place) ?? 0, guesses.get(place) ?? 0] as const);
  return 1 - (observed * weights) / byChance(margins);
}

/** `sum_ij a_i p_j (i - j)^2`, from moments about a whole number, so that it is exactly 0 if there is only one class. */
function squaredByChance(margins: Margins): number {
  let weights = 0;
  let sum = 0;
  for (const [place, ofActual, ofPredicted] of margins) {
    weights += ofActual + ofPredicted;
    sum += place * (ofActual + ofPredicted);
  }
  const mean = Math.round(sum / weights);
  const actual = [0, 0, 0];
  const predicted = [0, 0, 0];
  for (const [place, ofActual, ofPredicted] of margins) {
    for (let power = 0; power < 3; power++) {
      actual[power] += ofActual * (place - mean) ** power;
      predicted[power] += ofPredicted * (place - mean) ** power;
    }
  }
  return actual[2] * predicted[0] - 2 * actual[1] * predicted[1] + actual[0] * predicted[2];
}

/** `sum_ij a_i p_j abs(i - j)`, added up over boundaries: the distance of a pair is the number of boundaries between them. */
function absoluteByChance(margins: Margins): number {
  let actual = 0;
  let predicted = 0;
  for (const [, ofActual, ofPredicted] of margins) {
    actual += ofActual;
    predicted += ofPredicted;
  }
  let total = 0;
  let actualBelow = 0;
  let predictedBelow = 0;
  margins.forEach(([place, ofActual, ofPredicted], i) => {
    const apart = i === 0 ? 0 : place - margins[i - 1][0];
    total += apart * (actualBelow * (predicted - predictedBelow) + predictedBelow * (actual - actualBelow));
    actualBelow += ofActual;
    predictedBelow += ofPredicted;
  });
  return total;
}
