// Labels as tfjs users have them: one-hot or other distributions, or class indices of any number type.
import type { Tensor } from '@tensorflow/tfjs-core';
import { native } from '../binding';
import { invalidLabel, wrongRange, wrongType } from '../errors';
import { decode } from '../metrics';
import { floatsOf, sizeOf } from './tensors';

/** Distributions of the predictions' shape as float32, to be read at once; or class indices. */
export type TensorTargets = Float32Array | Int32Array;

interface TargetsOptions {
  /** Whether one-hot rows become class indices, which are half the work. Default: true. */
  indicesWanted?: boolean;
  /** That look for them; 0, the default: as many as calls take that name none. */
  threads?: number;
}

/**
 * @param labels Of the predictions' shape: distributions; without the dimension of the classes, or with 1 in its place: class indices.
 * @param shape Of the predictions.
 */
export function targetsOf(
  labels: Tensor,
  shape: readonly number[],
  { indicesWanted = true, threads = 0 }: TargetsOptions = {},
): TensorTargets {
  const rows = shape.slice(0, -1);
  if (sameShape(labels.shape, shape)) {
    const values = distributions(labels);
    return (indicesWanted && oneHotIndices(values, sizeOf(rows), threads)) || values;
  }
  if (sameShape(labels.shape, rows) || sameShape(labels.shape, [...rows, 1])) {
    return indices(labels, shape[shape.length - 1]);
  }
  throw wrongRange(
    'labels',
    `the shape [${shape}] (one-hot or distributions) or [${rows}] (class indices)`,
    `[${labels.shape}]`,
  );
}

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

/** The most probable class of each row; of class indices themselves, which are checked. */
export function indicesOf(targets: TensorTargets, classes: number): Int32Array {
  if (targets instanceof Int32Array) {
    targets.forEach((label, row) => {
      if (!(label >= 0 && label < classes)) throw invalidLabel(row, classes, label, 'labels');
    });
    return targets;
  }
  return decode(targets, { classes });
}

/** The classes of one-hot rows. Undefined if a row is none. */
function oneHotIndices(values: Float32Array, rows: number, threads: number): Int32Array | undefined {
  const found = new Int32Array(rows);
  if (rows > 0) native().rowKinds(values, found, threads);
  return rows > 0 && found.every((kind) => kind >= 0) ? found : undefined;
}

function distributions(labels: Tensor): Float32Array {
  if (labels.dtype === 'float32') return floatsOf(labels);
  if (labels.dtype !== 'int32' && labels.dtype !== 'bool') throw wrongKind(labels);
  return new Float32Array(labels.dataSync());
}

function indices(labels: Tensor, classes: number): Int32Array {
  if (labels.dtype !== 'int32' && labels.dtype !== 'float32') throw wrongKind(labels, 'int32 or float32');
  const values = labels.dataSync();
  if (values instanceof Int32Array) return values;
  return Int32Array.from(values, (value, row) => {
    if ((value | 0) !== value) throw invalidLabel(row, classes, value, 'labels');
    return value;
  });
}

const wrongKind = ({ dtype }: Tensor, types = 'float32, int32 or bool') =>
  wrongType('labels', `a tensor of ${types}`, `a tensor of ${dtype}`);
