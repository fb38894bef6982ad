// Targets in host memory: class indices or distributions.

import type { Labels, Targets } from '../backends/binding';
import { attachedLength } from '../checks/arguments';
import { invalidLabel, typedArrayType, wrongRange, wrongType } from '../checks/errors';
import type { DeviceArray } from '../gpu/device-array';
import type { Settings } from './options';

/** A class index per row, of any integer type; or a distribution over the classes per row, float32. */
export type EmdTargets = Targets | readonly number[] | DeviceArray;

/** The form that native code takes. Whether an index is a class, or to be ignored, is left to native code. */
export function checkTargets(settings: Settings, targets: unknown, length: number, rows: number): Targets {
  switch (typedArrayType(targets)) {
    case 'Float32Array':
      refuseIgnoreIndex(settings);
      if (attachedLength('targets', targets as Float32Array) !== length) {
        throw wrongRange('targets', distributionsExpected(length), targets);
      }
      return targets as Float32Array;
    default:
      return checkLabels('targets', targets, rows, settings.classes, ' or distributions (Float32Array)');
  }
}

/** Class indices in the form that native code takes. Whether an index is a class, or to be ignored, is left to native code. */
export function checkLabels(name: string, labels: unknown, rows: number, classes: number, alternative = ''): Labels {
  switch (typedArrayType(labels)) {
    case 'Int32Array':
    case 'Int8Array':
    case 'Uint8Array':
    case 'Uint8ClampedArray':
    case 'Int16Array':
    case 'Uint16Array':
    case 'Uint32Array':
    case 'BigInt64Array':
      if (attachedLength(name, labels as Int32Array) !== rows) throw wrongRange(name, labelsExpected(rows), labels);
      return labels as Int32Array;
    default:
      if (!Array.isArray(labels)) {
        throw wrongType(
          name,
          `class indices (a typed array of integers, but no BigUint64Array, or an array of numbers)${alternative}`,
          labels,
        );
      }
      return copyLabels(name, labels, rows, classes);
  }
}

export const labelsExpected = (rows: number) => `${rows} elements (a class index per row)`;

export const distributionsExpected = (length: number) =>
  `${length} elements (a distribution over the classes per row; class indices are integer arrays)`;

export function refuseIgnoreIndex({ ignoreIndex }: Settings): void {
  if (ignoreIndex !== undefined) {
    throw wrongType('ignoreIndex', 'undefined, as the targets are distributions', ignoreIndex);
  }
}

function copyLabels(
  name: string,
  labels: readonly unknown[],
  rows: number,
  classes: number,
): Int32Array | BigInt64Array {
  if (labels.length !== rows) throw wrongRange(name, labelsExpected(rows), labels);
  const copy = new Int32Array(rows);
  let wide: BigInt64Array | undefined;
  for (let i = 0; i < rows; i++) {
    const label = labels[i];
    if (typeof label !== 'number') throw wrongType(`${name}[${i}]`, `a class index in 0..${classes - 1}`, label);
    if (!Number.isSafeInteger(label)) throw invalidLabel(i, classes, label, name);
    // An index to ignore may be any integer.
    if (wide === undefined && (label | 0) !== label) wide = BigInt64Array.from(copy, BigInt);
    if (wide === undefined) copy[i] = label;
    else wide[i] = BigInt(label);
  }
  return wide ?? copy;
}
