import { attachedLength, float32, integer, MAX_CLASSES, onlyKnown, optionsObject } from './arguments';
import { native } from './binding';
import { typedArrayType, wrongRange, wrongType } from './errors';

export interface PairwiseOptions {
  /** The number of points, 1 or more. */
  rows: number;
  /** The array to fill, [rows, rows]; it must not overlap the points. Default: a new one. */
  out?: Float32Array;
}

const KNOWN = { rows: true, out: true } as const satisfies Record<keyof PairwiseOptions, true>;

/**
 * Euclidean distances between all pairs of points: of the differences, so that points that are close to each other lose no digits.
 *
 * @param points [rows, features]. A point with a number that is not finite is at distance NaN or Infinity.
 * @returns [rows, rows], symmetric to the last bit.
 * @throws TypeError, RangeError; nothing is written then.
 */
export function pairwiseDistances(points: Float32Array, options: PairwiseOptions): Float32Array {
  onlyKnown(optionsObject(options), KNOWN);
  const rows = integer('rows', options.rows, 1, MAX_CLASSES);
  if (typedArrayType(points) !== 'Float32Array') throw wrongType('points', 'a Float32Array', points);
  const length = attachedLength('points', points);
  if (length === 0 || length % rows !== 0) throw wrongRange('points', `a multiple of ${rows} elements, not 0`, points);
  const { out } = options;
  const distances = out === undefined ? new Float32Array(rows * rows) : float32('out', out, rows * rows, 'rows * rows');
  if (out?.buffer === points.buffer) refuseOverlap(points, distances);
  native.pairwiseDistances(points, rows, distances);
  return distances;
}

function refuseOverlap(points: Float32Array, out: Float32Array): void {
  const apart =
    points.byteOffset + points.byteLength <= out.byteOffset || out.byteOffset + out.byteLength <= points.byteOffset;
  if (!apart) throw new RangeError('out: expected memory of its own, but it overlaps points');
}
