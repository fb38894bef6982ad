// From predicted distributions to class indices.
import { choice, copyNumbers, integer, knownOptions, type Numbers, wholeRows } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { MAX_CLASSES } from '../checks/limits.js';
import { classDistances, type GroundDistanceLike } from './class-distances.js';

const RULES = ['argmax', 'median', 'mean', 'least-cost'] as const;
const INPUTS = ['probabilities', 'logits'] as const;

export interface DecodeOptions {
  /** C, 2..16777216. */
  classes: number;
  /** What the predictions are; logits go through a softmax. Default: 'probabilities'. */
  input?: (typeof INPUTS)[number];
  /**
   * The class that a distribution becomes: 'argmax', the most probable class, best for accuracy; 'median', the first class up to
   * which there is at least half of the mass, best for the absolute error; 'mean', the class nearest to the mean place, best for
   * the squared error; 'least-cost', the class with the least expected distance, for circles, trees and matrices, where median
   * and mean have no meaning. Among equal classes it is the first. Default: 'argmax'.
   */
  rule?: (typeof RULES)[number];
  /** The place of each class, [classes], increasing; only for 'mean'. Default: 0, 1, 2, ... */
  positions?: Numbers;
  /** How far apart the classes are; for 'least-cost', which needs it. For a matrix, the distances before exponent and offset. */
  groundDistance?: GroundDistanceLike;
}

const DECODE = {
  classes: true,
  input: true,
  rule: true,
  positions: true,
  groundDistance: true,
} as const satisfies Record<keyof DecodeOptions, true>;
const SOFTMAX = { classes: true } as const;

/**
 * The class index of each predicted distribution. A NaN is decoded as a probability of 0, a row without any mass as class 0.
 *
 * @param predictions [rows, classes]; probabilities need not add up to 1.
 * @returns [rows]
 * @throws TypeError, RangeError
 */
export function decode(predictions: Float32Array, options: DecodeOptions): Int32Array {
  knownOptions(options, DECODE);
  const { input = 'probabilities', rule = 'argmax', positions, groundDistance } = options;
  const classes = integer('classes', options.classes, 2, MAX_CLASSES);
  const rows = wholeRows('predictions', predictions, classes);
  choice('rule', rule, RULES);
  const areLogits = choice('input', input, INPUTS) === 1;
  const places = positions === undefined ? undefined : placesOf(positions, classes);
  const classOf = decider(rule, classes, places, groundDistance);
  const decoded = new Int32Array(rows);
  const p = new Float64Array(classes);
  const without = areLogits ? -Infinity : 0;
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < classes; i++) {
      const given = predictions[row * classes + i];
      p[i] = Number.isNaN(given) ? without : given;
    }
    if (areLogits && rule !== 'argmax') exponentials(p);
    decoded[row] = classOf(p);
  }
  return decoded;
}

/**
 * The probabilities of logits, computed in double precision. A row with NaN or +Infinity, or of only -Infinity, becomes NaN.
 *
 * @param logits [rows, classes]
 * @returns [rows, classes]
 * @throws TypeError, RangeError
 */
export function softmax(logits: Float32Array, options: { classes: number }): Float32Array {
  knownOptions(options, SOFTMAX);
  const classes = integer('classes', options.classes, 2, MAX_CLASSES);
  const rows = wholeRows('logits', logits, classes);
  const probabilities = new Float32Array(logits.length);
  const p = new Float64Array(classes);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < classes; i++) p[i] = logits[row * classes + i];
    const sum = p.some((z) => Number.isNaN(z) || z === Infinity) ? Number.NaN : exponentials(p) || Number.NaN;
    for (let i = 0; i < classes; i++) probabilities[row * classes + i] = p[i] / sum;
  }
  return probabilities;
}

/** Makes the function that decodes a distribution by a rule. */
function decider(
  rule: DecodeOptions['rule'],
  classes: number,
  places: Float64Array | undefined,
  groundDistance: GroundDistanceLike | undefined,
): (p: Float64Array) => number {
  if (rule === 'least-cost') {
    const expected = classDistances(groundDistance, classes).expectation();
    return (p) => firstLeast(expected(p));
  }
  if (groundDistance !== undefined) {
    throw wrongType('groundDistance', "undefined, as the rule is not 'least-cost'", groundDistance);
  }
  if (rule !== 'mean') return rule === 'median' ? median : argmax;
  const distances = new Float64Array(classes);
  return (p) => {
    const mean = meanPlace(p, places);
    for (let i = 0; i < classes; i++) distances[i] = Math.abs((places?.[i] ?? i) - mean);
    return firstLeast(distances);
  };
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

/** Replaces logits by numbers proportional to their probabilities, and returns their sum: 0 if all are -Infinity. */
function exponentials(z: Float64Array): number {
  const largest = z[argmax(z)];
  let sum = 0;
  for (let i = 0; i < z.length; i++) {
    // The difference of two infinities would be NaN.
    z[i] = z[i] === -Infinity ? 0 : z[i] === largest ? 1 : Math.exp(z[i] - largest);
    sum += z[i];
  }
  return sum;
}

function argmax(p: Float64Array): number {
  let best = 0;
  for (let i = 1; i < p.length; i++) if (p[i] > p[best]) best = i;
  return best;
}

function median(p: Float64Array): number {
  const enough = (massOf(p) / 2) * (1 - rounding(p));
  let below = 0;
  for (let i = 0; i < p.length; i++) {
    below += p[i];
    if (below >= enough) return i;
  }
  return p.length - 1;
}

/** The mean place of a distribution; without any mass, the place of class 0. */
function meanPlace(p: Float64Array, places: Float64Array | undefined): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += p[i] * (places?.[i] ?? i);
  const mass = massOf(p);
  return mass === 0 ? (places?.[0] ?? 0) : sum / mass;
}

function massOf(p: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += p[i];
  return sum;
}

/** The first of the costs that are least up to rounding. */
function firstLeast(costs: Float64Array): number {
  let least = Infinity;
  let largest = 0;
  for (let i = 0; i < costs.length; i++) {
    if (costs[i] < least) least = costs[i];
    if (costs[i] > largest) largest = costs[i];
  }
  const enough = least + largest * rounding(costs);
  for (let i = 0; i < costs.length; i++) if (costs[i] <= enough) return i;
  return 0;
}

/** The largest relative rounding error of a sum of so many numbers. */
const rounding = ({ length }: Float64Array) => length * 2 ** -52;
