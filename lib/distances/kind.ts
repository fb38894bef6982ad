// What a kind of ground distance is. Each has a file of its own beside this one, which knows nothing of the others, and kinds.ts lists
// them. Nothing here computes natively: metrics use it, too.
import type { Numbers } from '../checks/arguments.js';
import { isPositive } from '../checks/arguments.js';
import { typedArrayType, wrongRange, wrongType } from '../checks/errors.js';
import { SMALLEST } from '../checks/limits.js';

/** The values of a ground distance, checked and copied. Absent ones have their defaults. */
export interface GroundValues {
  /** Undefined: it fits any number. */
  readonly classes?: number;
  readonly gaps?: Float64Array;
  readonly parents?: Int32Array;
  readonly lengths?: Float64Array;
  readonly distances?: Float32Array;
  readonly exponent?: number;
  readonly offset?: number;
  readonly indefinite?: boolean;
}

/** The same as plain data that has not been checked. */
export interface PlainValues {
  gaps?: Numbers;
  parents?: readonly number[];
  lengths?: Numbers;
  distances?: Numbers;
  exponent?: number;
  offset?: number;
  indefinite?: boolean;
}

/** The same as metrics read them. */
export interface ReadableValues {
  readonly gaps?: ArrayLike<number>;
  readonly parents?: ArrayLike<number>;
  readonly lengths?: ArrayLike<number>;
  readonly distances?: ArrayLike<number>;
}

export interface GroundKind {
  /** Which values it has. */
  readonly values: readonly (keyof PlainValues)[];
  /** @throws TypeError, RangeError for invalid values. */
  check(plain: PlainValues): GroundValues;
  /** What `toString()` says of them. */
  describe(values: GroundValues): string[];
  /** The number of terms that E is a sum of. */
  terms(classes: number): number;
  /** About how many bytes a backend needs for it; rows are padded to `padded` numbers. */
  bytes(classes: number, padded: number): number;
  /** @throws RangeError if it cannot be used like that; absent where every use is fine. */
  requireUse?(values: Pick<GroundValues, 'offset' | 'indefinite'>, use: GroundUse): void;
}

/** What a loss makes of a ground distance. */
export interface GroundUse {
  readonly power: number;
  /** The normalization, if that takes a root. */
  readonly root: string | undefined;
}

/** How far apart classes are, to metrics. */
export interface ClassDistances {
  between(i: number, k: number): number;
  /** A function of distributions that gives for each class the expected distance to it, `sum_i p_i d_ik`, in the same array each time. */
  expectation(): (p: Float64Array) => Float64Array;
}

/** Backends compute in single precision, where a gap must be neither 0 nor infinite. */
export function checkPositive(name: string, value: number, index: number): void {
  if (!isPositive(value)) {
    throw wrongRange(`${name}[${index}]`, `a finite float32 number of at least ${SMALLEST}`, value);
  }
}

/** What ground distances say of themselves that have gaps or lengths. */
export const unitOrNothing = (lengths: Float64Array | undefined): string[] =>
  lengths === undefined ? ['unit distances'] : [];

/** The sum of the gaps from one class to one above it: not a difference of places, which would lose a gap beside a much larger one. */
export function path(gap: (j: number) => number, from: number, to: number): number {
  let sum = 0;
  for (let j = from; j < to; j++) sum += gap(j);
  return sum;
}

/** The length of each gap or edge; 1 where none are given. */
export function lengthsOf(name: string, values: ArrayLike<number> | undefined, count: number): (j: number) => number {
  if (values === undefined) return () => 1;
  const lengths = numbersOf(name, values, count);
  return (j) => lengths[j];
}

/** The values themselves were checked when the ground distance was made. */
export function numbersOf(name: string, values: unknown, count: number): ArrayLike<number> {
  if (!Array.isArray(values) && typedArrayType(values) === undefined) {
    throw wrongType(`groundDistance.${name}`, 'an array of numbers', values);
  }
  const numbers = values as ArrayLike<number>;
  if (numbers.length !== count) throw wrongRange(`groundDistance.${name}`, `${count} elements`, values);
  return numbers;
}
