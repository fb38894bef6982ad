// Any distances between all pairs of classes, and what the cost of moving is made of them.
import { allocate, copyNumbers, type Numbers, onlyKnown, optionsObject } from '../checks/arguments.js';
import { typedArrayType, wrongRange, wrongType } from '../checks/errors.js';
import { MAX_CLASSES } from '../checks/limits.js';
import { type ClassDistances, type GroundKind, type GroundValues, numbersOf, type ReadableValues } from './kind.js';

export const matrix: GroundKind = {
  values: ['distances', 'exponent', 'offset'],
  check: ({ distances, exponent, offset }) => checkMatrix(distances, { exponent, offset }),
  describe: ({ exponent, offset }) => [`exponent ${exponent}`, `offset ${offset}`],
  terms: (classes) => classes,
  bytes: (classes, padded) => 4 * padded * classes,
  between,
};

/** How the cost of moving to class `k` follows from the distances: `c_i = D_ik ^ exponent + offset`. */
export interface MatrixOptions {
  /** Greater than 0; default 1. */
  exponent?: number;
  /** Default 0. Positive values move the minimum away from the right class; negative ones do not. */
  offset?: number;
}

const MATRIX_OPTIONS = { exponent: true, offset: true } as const;
const PRESETS: Readonly<Record<string, { exponent: number; offset: number }>> = {
  xemd1: { exponent: 1, offset: -0.5 },
  xemd2: { exponent: 2, offset: -0.25 },
};

export function checkMatrix(given: unknown, options: unknown): GroundValues {
  const { exponent, offset } = checkMatrixOptions(options);
  const { classes, values: distances, largest } = copyMatrix(given);
  const highest = largest ** exponent;
  if (!(Math.abs(Math.fround(highest + offset)) < Infinity)) {
    throw wrongRange(
      'options',
      `distance ^ exponent + offset to be a float32 number, also for ${largest}`,
      highest + offset,
    );
  }
  return { classes, distances, exponent, offset };
}

/** Exponent and offset, or those of a published setting. */
export function checkMatrixOptions(options: unknown): { exponent: number; offset: number } {
  if (typeof options === 'string') {
    if (!Object.hasOwn(PRESETS, options)) throw wrongType('options', "'xemd1', 'xemd2' or an object", options);
    return PRESETS[options];
  }
  onlyKnown(optionsObject(options), MATRIX_OPTIONS);
  const { exponent = 1, offset = 0 } = options as MatrixOptions;
  if (typeof exponent !== 'number') throw wrongType('exponent', 'a number', exponent);
  if (!(exponent > 0 && exponent < Infinity)) throw wrongRange('exponent', 'a finite number greater than 0', exponent);
  if (typeof offset !== 'number') throw wrongType('offset', 'a number', offset);
  if (!Number.isFinite(offset)) throw wrongRange('offset', 'a finite number', offset);
  return { exponent, offset: offset + 0 }; // no -0, which JSON would not keep
}

/** Distances between all pairs of classes, [classes, classes]: row by row, or an array of rows. */
export type DistanceMatrix = Numbers | readonly Numbers[];

/**
 * The distances: symmetric, with zeros on the diagonal; and the largest as it was given.
 * @throws TypeError, RangeError for an invalid matrix.
 */
function copyMatrix(distances: unknown): { classes: number; values: Float32Array; largest: number } {
  const [given, name] = copyEntries(distances);
  const classes = Math.sqrt(given.length);
  const largest = given.reduce((a, b) => Math.max(a, b));
  return { classes, values: symmetric(given, classes, largest, name), largest };
}

/** The entries in double precision, checked one by one, and how messages name entry `i`. */
function copyEntries(distances: unknown): [Float64Array, (index: number) => string] {
  if (Array.isArray(distances) && (distances.length === 0 || isRow(distances[0]))) return copyRows(distances);
  if (Array.isArray(distances) && typeof distances[0] === 'object') {
    throw wrongType('distances[0]', 'a number or an array of numbers', distances[0]);
  }
  const values = copyNumbers('distances', distances, 4, Infinity, distance);
  if (!Number.isInteger(Math.sqrt(values.length))) {
    throw wrongRange('distances', 'as many elements as a square has (classes * classes)', distances);
  }
  return [values, (index) => `distances[${index}]`];
}

function copyRows(rows: readonly unknown[]): [Float64Array, (index: number) => string] {
  const classes = rows.length;
  if (!(classes >= 2 && classes <= MAX_CLASSES)) throw wrongRange('distances', `2..${MAX_CLASSES} rows`, rows);
  const values = allocate('distances', classes * classes, Float64Array);
  for (let i = 0; i < classes; i++) {
    values.set(copyNumbers(`distances[${i}]`, rows[i], classes, classes, distance), i * classes);
  }
  return [values, (index) => `distances[${Math.floor(index / classes)}][${index % classes}]`];
}

const isRow = (value: unknown) => Array.isArray(value) || typedArrayType(value) !== undefined;

function distance(name: string, value: number, index: number): void {
  if (!(value >= 0 && Math.fround(value) < Infinity)) {
    throw wrongRange(`${name}[${index}]`, 'a finite float32 number that is not negative', value);
  }
}

function symmetric(
  values: Float64Array,
  classes: number,
  largest: number,
  name: (index: number) => string,
): Float32Array {
  const out = new Float32Array(values.length);
  for (let i = 0; i < classes; i++) {
    if (values[i * classes + i] !== 0)
      throw wrongRange(name(i * classes + i), '0 on the diagonal', values[i * classes + i]);
    for (let j = i + 1; j < classes; j++) {
      const above = values[i * classes + j];
      const below = values[j * classes + i];
      if (Math.abs(above - below) > 1e-5 * largest) {
        throw wrongRange(name(j * classes + i), `the same as ${name(i * classes + j)}, ${above}`, below);
      }
      out[i * classes + j] = out[j * classes + i] = (above + below) / 2 + 0; // no -0, which JSON would not keep
    }
  }
  return out;
}

function between({ distances }: ReadableValues, classes: number): ClassDistances {
  const values = numbersOf('distances', distances, classes * classes);
  return {
    between: (i, k) => values[i * classes + k],
    expectation: () => {
      const costs = new Float64Array(classes);
      return (p) => {
        costs.fill(0);
        for (let i = 0; i < classes; i++) {
          const mass = p[i];
          if (mass === 0) continue;
          for (let k = 0; k < classes; k++) costs[k] += mass * values[i * classes + k];
        }
        return costs;
      };
    },
  };
}
