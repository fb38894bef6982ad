// Distances between all pairs of classes: how they are checked and copied, and how metrics read them.
import { allocate, copyNumbers, type Numbers } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { MAX_CLASSES } from '../checks/limits.js';
import { typedArrayType } from '../checks/typed-arrays.js';
import { type ClassDistances, numbersOf, type ReadableValues } from './kind.js';

/** Distances between all pairs of classes, [classes, classes]: row by row, or an array of rows. */
export type DistanceMatrix = Numbers | readonly Numbers[];

/**
 * The distances, made exactly symmetric, with zeros on the diagonal; and the largest entry as it was given.
 * @throws TypeError, RangeError for an invalid matrix.
 */
export function copyMatrix(distances: unknown): { classes: number; values: Float32Array; largest: number } {
  const [given, name] = copyEntries(distances);
  const classes = Math.sqrt(given.length);
  const largest = given.reduce((a, b) => Math.max(a, b));
  return { classes, values: symmetric(given, classes, largest, name), largest };
}

/** The entries in double precision, checked one by one, and a function that names an entry in messages. */
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
      out[i * classes + j] = out[j * classes + i] = (above + below) / 2 + 0; // + 0: JSON would not keep -0
    }
  }
  return out;
}

export function between({ distances }: ReadableValues, classes: number): ClassDistances {
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
