// Class indices in host memory, one per row.
import { attachedLength, integer } from './arguments.js';
import { wrongRange, wrongType } from './errors.js';
import { typedArrayType } from './typed-arrays.js';

export type Labels =
  | Int32Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array;

export const labelsExpected = (rows: number) => `${rows} elements (a class index per row)`;

export function invalidLabel(index: number, classes: number, value: unknown, name = 'targets'): RangeError {
  return wrongRange(`${name}[${index}]`, `a class index in 0..${classes - 1}`, value);
}

/** The option `ignoreIndex`, which may be any integer. */
export function checkIgnoreIndex(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  return integer('ignoreIndex', value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}

/** Class indices in a form that backends take. Whether each is in range, or to be ignored, is for the backend to check. */
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

function copyLabels(
  name: string,
  labels: readonly unknown[],
  rows: number,
  classes: number,
): Int32Array | BigInt64Array {
  if (labels.length !== rows) throw wrongRange(name, labelsExpected(rows), labels);
  const copy = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    const label = labels[i];
    if (typeof label !== 'number') throw wrongType(`${name}[${i}]`, `a class index in 0..${classes - 1}`, label);
    if (!Number.isSafeInteger(label)) throw invalidLabel(i, classes, label, name);
    copy[i] = label;
  }
  // The index to ignore may be any integer, even one that does not fit int32.
  return copy.every((label) => label === (label | 0)) ? Int32Array.from(copy) : BigInt64Array.from(copy, BigInt);
}
