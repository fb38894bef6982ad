// Labels as tfjs users have them: one-hot or other distributions, or class indices of any number type.

import type { Tensor } from '@tensorflow/tfjs-core';
import { hostBackend } from '../backends/current.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { invalidLabel } from '../checks/labels.js';
import { floatsOf } from './tensors.js';

/** The types of labels. */
export const DISTRIBUTIONS = ['float32', 'int32', 'bool'] as const;
export const INDICES = ['int32', 'float32'] as const;

/** The class of rows that do not count, and what the backend says of distributions of zeros. */
export const IGNORED = -1;
/** What it says of those that are of several classes, or none at all. */
const SPREAD = -2;

/** What the labels of a batch are. */
export interface TensorTargets {
  /** Distributions of the predictions' shape as float32, to be read at once, or class indices. */
  readonly values: Float32Array | Int32Array;
  /** The class index of rows that do not count. Of distributions those are rows of zeros. */
  readonly ignoreIndex: number | undefined;
}

/**
 * @param labels Of the predictions' shape: distributions; without the dimension of the classes, or with 1 in its place: class indices.
 * @param shape Of the predictions.
 * @param ignoreIndex Of class indices; without effect on labels of the predictions' shape.
 */
export function targetsOf(labels: Tensor, shape: readonly number[], ignoreIndex: number | undefined): TensorTargets {
  if (isDistributions(labels, shape)) return { values: distributions(labels), ignoreIndex: undefined };
  return { values: indices(labels, shape[shape.length - 1]), ignoreIndex };
}

/**
 * Whether labels are distributions, of the predictions' shape; else they are class indices.
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

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

interface ClassesOptions {
  /** Whether distributions have to be of one class each. Default: false. */
  single?: boolean;
  /** Of the search for rows of one class; 0, the default: as many as calls take that name none. */
  threads?: number;
}

/**
 * The most probable class of each row, IGNORED where the row does not count.
 *
 * @throws RangeError for what is no class, or no distribution. TypeError for distributions of several classes, where they have to be of one.
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

/** @throws RangeError for the first entry of distributions that is negative or not finite, from a row on. */
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

/** @throws TypeError for labels of another type than these. */
export function requireType({ dtype }: Tensor, ...types: Tensor['dtype'][]): void {
  if (types.includes(dtype)) return;
  const last = types[types.length - 1];
  const expected = `a tensor of ${types.slice(0, -1).join(', ')} or ${last}`;
  throw wrongType('labels', expected, `a tensor of ${dtype}`);
}
