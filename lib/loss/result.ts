// What a call of the loss returns, or the error with which it ends.

import { ARGUMENTS, Slot, Status } from '../backends/enumerations.js';
import { EmdError } from '../checks/emd-error.js';
import { wrongRange } from '../checks/errors.js';
import { invalidLabel } from '../checks/labels.js';
import type { DeviceArray } from '../gpu/device-array.js';

/** An option about an output: whether it is wanted, or the array to fill. */
export type Wanted<A = Float32Array | DeviceArray> = boolean | A | undefined;

/** The gradient is there unless the option was false. */
export type GradientOf<A, G> = [G] extends [false] ? null : false extends G ? A | null : A;

/** The losses of rows are there if they were asked for; with reduction 'none' also if the option was absent (`never`). */
export type LossesOf<A, L, R> = [L] extends [never] ? ([R] extends ['none'] ? A : A | null) : GradientOf<A, L>;

/**
 * The loss of a batch. Its arrays are where the predictions are. `G` and `L`, the types of `gradient` and `losses`, include null
 * if these may not have been wanted.
 */
export interface EmdResult<A = Float32Array | DeviceArray, G = A | null, L = A | null> {
  /**
   * `crossEntropyWeight * crossEntropy + emdWeight * emd`; with reduction 'none' NaN, like its parts. With `lossOut` all numbers
   * are NaN.
   */
  loss: number;
  /** The cross entropy, reduced like the loss; computed even if its weight is 0. */
  crossEntropy: number;
  /** The EMD, reduced like the loss; computed even if its weight is 0. */
  emd: number;
  /** The gradient with respect to the predictions, in their layout and type. */
  gradient: G;
  /** The loss of each row, 0 for ignored rows. */
  losses: L;
  /** The number of rows that are not ignored. */
  rows: number;
  /** The number of those rows whose loss is NaN or infinite. */
  nonFinite: number;
  /** The index of the first such row; -1 if there is none. */
  firstNonFinite: number;
}

/** Reads the result from the numbers of a call that has run. */
export function resultOf<A extends Float32Array | DeviceArray>(
  numbers: Float64Array,
  gradient: A | null,
  losses: A | null,
  classes: number,
): EmdResult<A> {
  if (numbers[Slot.status] !== Status.ok) throw failure(numbers, classes);
  return {
    loss: numbers[Slot.loss],
    crossEntropy: numbers[Slot.crossEntropy],
    emd: numbers[Slot.emd],
    gradient,
    losses,
    rows: numbers[Slot.rows],
    nonFinite: numbers[Slot.nonFinite],
    firstNonFinite: numbers[Slot.firstNonFinite],
  };
}

/** The arguments have been checked, so only another thread can have changed one since. */
export function changedSize(name: string): RangeError {
  return new RangeError(`${name}: expected an array that keeps its size during the call`);
}

/** The error behind a status. */
function failure(numbers: Float64Array, classes: number): Error {
  const index = numbers[Slot.index];
  const value = numbers[Slot.value];
  const argument = ARGUMENTS[numbers[Slot.which]];
  switch (numbers[Slot.status]) {
    case Status.invalidLabel:
      return invalidLabel(index, classes, value);
    case Status.invalidClassWeight:
      return wrongRange(`classWeights[${index}]`, 'a finite number that is not negative', value);
    case Status.invalidSampleWeight:
      return wrongRange(`sampleWeights[${index}]`, 'a finite number that is not negative', value);
    case Status.overlap: {
      const other = ARGUMENTS[numbers[Slot.other]];
      return new RangeError(
        argument === 'gradient'
          ? `gradient: expected memory of its own, or exactly that of predictions, but it overlaps ${other}`
          : `${argument}: expected memory of its own, but it overlaps ${other}`,
      );
    }
    case Status.outputGone:
      return new RangeError(
        `${argument}: expected the array as it was when the call began, but it was detached or resized meanwhile`,
      );
    case Status.badArgument:
      return changedSize(argument);
    case Status.outOfMemory:
      return new EmdError('OUT_OF_MEMORY', 'squared-emd: no memory for the scratch space of this call');
    default:
      return new EmdError('INTERNAL', `squared-emd: native code refused the call (status ${numbers[Slot.status]})`);
  }
}
