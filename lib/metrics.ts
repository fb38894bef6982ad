// How good predictions of ordered classes are. Pure functions of class indices, or of probabilities.
import { copyNumbers, integer, MAX_CLASSES, type Numbers, onlyKnown, optionsObject, wholeRows } from './arguments';
import type { Labels } from './binding';
import { emdLoss } from './emd-loss';
import { wrongRange, wrongType } from './errors';
import { invalidLabel } from './result';
import { checkLabels } from './targets';

/** A class index for each sample. */
export type ClassIndices = Labels | readonly number[];

export interface DecodeOptions {
  /** C, 2..16777216. */
  classes: number;
  /**
   * The class that a distribution stands for: 'argmax', the most probable one, best for accuracy; 'median', the first that has at
   * least half of the mass up to it, best for the absolute error; 'mean', the class nearest to the mean place, best for the
   * squared error. Of equal ones the first. Default: 'argmax'.
   */
  rule?: 'argmax' | 'median' | 'mean';
  /** The place of each class, [classes], increasing; for 'mean'. Default: 0, 1, 2, ... */
  positions?: Numbers;
}

const DECODE = { classes: true, rule: true, positions: true } as const satisfies Record<keyof DecodeOptions, true>;
const CLASSES_ONLY = { classes: true } as const;

/**
 * Class indices of distributions. A row with a NaN is decoded as if that were 0.
 *
 * @param probabilities [rows, classes]; they need not add up to 1.
 * @returns [rows]
 * @throws TypeError, RangeError
 */
export function decode(probabilities: Float32Array, options: DecodeOptions): Int32Array {
  onlyKnown(optionsObject(options), DECODE);
  const { rule = 'argmax', positions } = options;
  const classes = integer('classes', options.classes, 2, MAX_CLASSES);
  const rows = wholeRows('probabilities', probabilities, classes);
  const places = positions === undefined ? undefined : placesOf(positions, classes);
  if (!['argmax', 'median', 'mean'].includes(rule)) throw wrongType('rule', "'argmax' or 'median' or 'mean'", rule);
  const decoded = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const p = probabilities.subarray(row * classes, (row + 1) * classes);
    decoded[row] = rule === 'argmax' ? argmax(p) : rule === 'median' ? median(p) : nearestToMean(p, places);
  }
  return decoded;
}

/** The share of samples whose predicted class is the actual one. NaN for none. */
export function accuracy(predicted: ClassIndices, actual: ClassIndices): number {
  return accuracyWithin(predicted, actual, 0);
}

/** The share of samples whose predicted class is at most this far from the actual one; 1 gives the paper's AEO. NaN for none. */
export function accuracyWithin(predicted: ClassIndices, actual: ClassIndices, distance: number): number {
  if (typeof distance !== 'number') throw wrongType('distance', 'a number', distance);
  if (!(distance >= 0)) throw wrongRange('distance', 'a number that is not negative', distance);
  return meanOf(predicted, actual, (error) => (error <= distance ? 1 : 0));
}

/** The mean of the distances between predicted and actual class index. NaN for none. */
export function meanAbsoluteError(predicted: ClassIndices, actual: ClassIndices): number {
  return meanOf(predicted, actual, (error) => error);
}

/** How many samples of each actual class (row) were predicted as each class (column), [classes, classes]. */
export function confusionMatrix(predicted: ClassIndices, actual: ClassIndices, classes: number): Uint32Array {
  integer('classes', classes, 2, 65535);
  const [guesses, truths] = pairOf(predicted, actual, classes);
  const counts = new Uint32Array(classes * classes);
  for (let i = 0; i < truths.length; i++) counts[Number(truths[i]) * classes + Number(guesses[i])]++;
  return counts;
}

/**
 * Cohen's kappa with quadratic weights: 1 for perfect agreement, 0 for as much as by chance. NaN where chance alone agrees
 * perfectly: for no samples, or where all are of one class and predicted as that.
 */
export function quadraticWeightedKappa(predicted: ClassIndices, actual: ClassIndices, classes: number): number {
  const counts = confusionMatrix(predicted, actual, classes);
  const ofActual = new Float64Array(classes);
  const ofPredicted = new Float64Array(classes);
  let samples = 0;
  let observed = 0;
  for (let i = 0; i < classes; i++) {
    for (let j = 0; j < classes; j++) {
      const count = counts[i * classes + j];
      ofActual[i] += count;
      ofPredicted[j] += count;
      samples += count;
      observed += count * (i - j) ** 2;
    }
  }
  let byChance = 0;
  for (let i = 0; i < classes; i++) {
    for (let j = 0; j < classes; j++) byChance += ofActual[i] * ofPredicted[j] * (i - j) ** 2;
  }
  return 1 - (observed * samples) / byChance;
}

/**
 * The ranked probability score, the mean over samples of `sum_j (P_j - T_j)^2`, `P` and `T` the cumulative distributions: the
 * squared EMD over classes in a row at distance 1. 0 is perfect. NaN for none.
 *
 * @param probabilities [rows, classes]
 * @param actual [rows]
 */
export function rankedProbabilityScore(
  probabilities: Float32Array,
  actual: ClassIndices,
  options: { classes: number },
): number {
  onlyKnown(optionsObject(options), CLASSES_ONLY);
  const classes = integer('classes', options.classes, 2, MAX_CLASSES);
  const rows = wholeRows('probabilities', probabilities, classes);
  const labels = checkRange('actual', checkLabels('actual', actual, rows, classes), classes);
  if (rows === 0) return Number.NaN;
  return emdLoss(probabilities, labels, { classes, input: 'probabilities', gradient: false }).emd;
}

function placesOf(positions: Numbers, classes: number): Float64Array {
  let previous = -Infinity;
  return copyNumbers('positions', positions, classes, classes, (name, value, index) => {
    if (!(Number.isFinite(value) && value > previous)) {
      throw wrongRange(`${name}[${index}]`, `a finite number greater than ${previous}`, value);
    }
    previous = value;
  });
}

function argmax(p: Float32Array): number {
  let best = 0;
  for (let i = 1; i < p.length; i++) if (p[i] > p[best] || (Number.isNaN(p[best]) && p[i] >= 0)) best = i;
  return best;
}

const massOf = (p: Float32Array) => p.reduce((sum, x) => sum + (x || 0), 0);

function median(p: Float32Array): number {
  const half = massOf(p) / 2;
  let below = 0;
  for (let i = 0; i < p.length; i++) {
    below += p[i] || 0;
    if (below >= half) return i;
  }
  return p.length - 1;
}

function nearestToMean(p: Float32Array, places: Float64Array | undefined): number {
  const mean = p.reduce((sum, x, i) => sum + (x || 0) * (places?.[i] ?? i), 0) / (massOf(p) || 1);
  let best = 0;
  const distance = (i: number) => Math.abs((places?.[i] ?? i) - mean);
  for (let i = 1; i < p.length; i++) if (distance(i) < distance(best)) best = i;
  return best;
}

function checkRange(name: string, labels: Labels, classes: number): Labels {
  for (let i = 0; i < labels.length; i++) {
    if (!(labels[i] >= 0 && labels[i] < classes)) throw invalidLabel(i, classes, Number(labels[i]), name);
  }
  return labels;
}

/** Both as typed arrays of one length. */
function pairOf(predicted: unknown, actual: unknown, classes = MAX_CLASSES): [guesses: Labels, truths: Labels] {
  const { length } = Object(actual) as ArrayLike<unknown>;
  const truths = checkRange('actual', checkLabels('actual', actual, length, classes), classes);
  return [checkRange('predicted', checkLabels('predicted', predicted, length, classes), classes), truths];
}

function meanOf(predicted: unknown, actual: unknown, of: (error: number) => number): number {
  const [guesses, truths] = pairOf(predicted, actual);
  let sum = 0;
  for (let i = 0; i < truths.length; i++) sum += of(Math.abs(Number(guesses[i]) - Number(truths[i])));
  return sum / truths.length;
}
