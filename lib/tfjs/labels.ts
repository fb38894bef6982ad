// Labels as users of tfjs have them: one-hot rows or other distributions, or class indices of any numeric type.

import type { Tensor } from '@tensorflow/tfjs-core';
import { hostBackend } from '../backends/current.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { invalidLabel } from '../checks/labels.js';
import { sameShape } from '../checks/shapes.js';
import { floatsOf } from './tensors.js';

/** The types of labels. */
export const DISTRIBUTIONS = ['float32', 'int32', 'bool'] as const;
export const INDICES = ['int32', 'float32'] as const;

/** The class of rows that do not count, and the backend's kind of a row of zeros. */
export const IGNORED = -1;
/** The backend's kind of distributions with several classes, or of rows that are not distributions. */
const SPREAD = -2;

/** The labels of a batch as targets. */
export interface TensorTargets {
  /** Distributions of the predictions' shape as float32, which must be read at once, or class indices. */
  readonly values: Float32Array | Int32Array;
  /** The class index of rows that do not count. With distributions those are rows of zeros. */
  readonly ignoreIndex: number | undefined;
}

/**
 * @param labels Distributions if they have the predictions' shape; class indices if the dimension of the classes is absent or 1.
 * @param shape The predictions' shape.
 * @param ignoreIndex The class index of rows that do not count; without effect on distributions.
 */
export function targetsOf(labels: Tensor, shape: readonly number[], ignoreIndex: number | undefined): TensorTargets {
  if (isDistributions(labels, shape)) return { values: distributions(labels), ignoreIndex: undefined };
  return { values: indices(labels, shape[shape.length - 1]), ignoreIndex };
}

/**
 * Whether labels are distributions, that is, have the predictions' shape; otherwise they are class indices.
 *
 * @throws RangeError for any other shape.
 */
export function isDistributions(labels: Tensor, shape: readonly number[]): boolean {
  const rows = shape.slice(0, -1);
  if (sameShape(labels.shape, shape)) return true;
  if (sameShape(labels.shape, rows) || sameShape(labels.shape, [...rows, 1])) return false;
  throw wrongRange(
    'labels',
    `the shape [${shape}] (one-hot or distributions) or [${rows}] (class indices)`,
    `[${labels.shape}]`,
  );
}

interface ClassesOptions {
  /** Whether each distribution must have only one class. Default: false. */
  single?: boolean;
  /** Threads for the search for rows with one class. Default: 0, the number that calls use unless they say otherwise. */
  threads?: number;
}

/**
 * The most probable class of each row, or IGNORED if the row does not count.
 *
 * @throws RangeError for labels that are neither classes nor distributions. TypeError for a distribution of several classes, if
 *   each must have only one.
 */
export function classesOf(
  { values, ignoreIndex }: TensorTargets,
  classes: number,
  { single = false, threads = 0 }: ClassesOptions = {},
): Int32Array {
  if (values instanceof Int32Array) {
    return values.map((label, row) => {
      if (label === ignoreIndex) return IGNORED;
      if (!(label >= 0 && label < classes)) throw invalidLabel(row, classes, label, 'labels');
      return label;
    });
  }
  const found = new Int32Array(values.length / classes);
  if (found.length > 0) hostBackend().rowKinds(values, found, threads);
  for (let row = found.indexOf(SPREAD); row >= 0; row = found.indexOf(SPREAD, row + 1)) {
    if (single) {
      refuseInvalid(values, classes, row);
      throw wrongType('labels', 'one-hot rows or class indices', `several classes in row ${row}`);
    }
    found[row] = mostProbable(values, classes, row);
  }
  return found;
}

function mostProbable(values: Float32Array, classes: number, row: number): number {
  const begin = row * classes;
  let best = 0;
  for (let i = 0; i < classes; i++) {
    const share = values[begin + i];
    if (!isShare(share)) throw noShare(row, i, share);
    if (share > values[begin + best]) best = i;
  }
  return best;
}

/** @throws RangeError for the first entry of distributions, from a row on, that is negative or not finite. */
export function refuseInvalid(values: Float32Array, classes: number, firstRow = 0): void {
  for (let i = firstRow * classes; i < values.length; i++) {
    if (!isShare(values[i])) throw noShare(Math.floor(i / classes), i % classes, values[i]);
  }
}

const isShare = (value: number): boolean => value >= 0 && value < Infinity;

const noShare = (row: number, entry: number, value: number): RangeError =>
  wrongRange(`labels[${row}][${entry}]`, 'a finite number that is not negative', value);

function distributions(labels: Tensor): Float32Array {
  if (labels.dtype === 'float32') return floatsOf(labels);
  requireType(labels, ...DISTRIBUTIONS);
  return new Float32Array(labels.dataSync());
}

function indices(labels: Tensor, classes: number): Int32Array {
  requireType(labels, ...INDICES);
  const values = labels.dataSync();
  if (values instanceof Int32Array) return values;
  return Int32Array.from(values, (value, row) => {
    if ((value | 0) !== value) throw invalidLabel(row, classes, value, 'labels');
    return value;
  });
}

/** @throws TypeError for tensors of any type but these. */
export function requireType({ dtype }: Tensor, ...types: Tensor['dtype'][]): void {
  if (types.includes(dtype)) return;
  const last = types[types.length - 1];
  const expected = `a tensor of ${types.slice(0, -1).join(', ')} or ${last}`;
  throw wrongType('labels', expected, `a tensor of ${dtype}`);
}
