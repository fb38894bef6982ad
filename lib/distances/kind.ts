// A kind of ground distance. Each kind has a file beside this one, independent of the others, and kinds.ts lists them. Nothing
// here computes natively, as metrics use it, too.
import type { Numbers } from '../checks/arguments.js';
import { isPositive } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { SMALLEST } from '../checks/limits.js';
import { typedArrayType } from '../checks/typed-arrays.js';

/** The values of a ground distance, checked and copied. Those that are absent have their defaults. */
export interface GroundValues {
  /** Undefined if it fits any number. */
  readonly classes?: number;
  readonly gaps?: Float64Array;
  readonly parents?: Int32Array;
  readonly lengths?: Float64Array;
  readonly distances?: Float32Array;
  readonly exponent?: number;
  readonly offset?: number;
  readonly indefinite?: boolean;
}

/** The values as plain data that has not been checked. */
export interface PlainValues {
  gaps?: Numbers;
  parents?: readonly number[];
  lengths?: Numbers;
  distances?: Numbers;
  exponent?: number;
  offset?: number;
  indefinite?: boolean;
}

/** The values as metrics read them. */
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
  /** The parts of what `toString()` says about them. */
  describe(values: GroundValues): string[];
  /** The number of terms in the sum that E is. */
  terms(classes: number): number;
  /** About how many bytes a backend needs for it, if rows are padded to `padded` numbers. */
  bytes(classes: number, padded: number): number;
  /** @throws RangeError if it cannot be used in this way; absent if every use is allowed. */
  requireUse?(values: Pick<GroundValues, 'offset' | 'indefinite'>, use: GroundUse): void;
}

/** How a loss uses a ground distance. */
export interface GroundUse {
  readonly power: number;
  /** The normalization, if it takes a root. */
  readonly root: string | undefined;
}

/** How far apart classes are, to metrics. */
export interface ClassDistances {
  between(i: number, k: number): number;
  /**
   * Returns a function of distributions, which gives the expected distance to each class `k`, `sum_i p_i d_ik`, in the same array
   * each time.
   */
  expectation(): (p: Float64Array) => Float64Array;
}

/** Backends compute in single precision, where a gap must be neither 0 nor infinite. */
export function checkPositive(name: string, value: number, index: number): void {
  if (!isPositive(value)) {
    throw wrongRange(`${name}[${index}]`, `a finite float32 number of at least ${SMALLEST}`, value);
  }
}

/** How `toString()` describes gaps or lengths. */
export const unitOrNothing = (lengths: Float64Array | undefined): string[] =>
  lengths === undefined ? ['unit distances'] : [];

/**
 * The sum of the gaps from one class to another above it. A difference of places would lose gaps that are much smaller than
 * others.
 */
export function path(gap: (j: number) => number, from: number, to: number): number {
  let sum = 0;
  for (let j = from; j < to; j++) sum += gap(j);
  return sum;
}

/** The length of each gap or edge; 1 if none are given. */
export function lengthsOf(name: string, values: ArrayLike<number> | undefined, count: number): (j: number) => number {
  if (values === undefined) return () => 1;
  const lengths = numbersOf(name, values, count);
  return (j) => lengths[j];
}

/** Checks kind and number only, as the values themselves were checked when the ground distance was made. */
export function numbersOf(name: string, values: unknown, count: number): ArrayLike<number> {
  if (!Array.isArray(values) && typedArrayType(values) === undefined) {
    throw wrongType(`groundDistance.${name}`, 'an array of numbers', values);
  }
  const numbers = values as ArrayLike<number>;
  if (numbers.length !== count) throw wrongRange(`groundDistance.${name}`, `${count} elements`, values);
  return numbers;
}
