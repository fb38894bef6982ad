// The energy distance for any distances between all pairs of classes: E = -1/2 (p - t)^T M (p - t).
import { knownOptions } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { copyMatrix } from './distance-matrix.js';
import type { GroundKind, GroundValues } from './kind.js';
import { isOfNegativeType } from './negative-type.js';

export const energy: GroundKind = {
  values: ['distances', 'exponent', 'indefinite'],
  check: ({ distances, exponent, indefinite }) => checkEnergy(distances, { exponent, indefinite }),
  describe: ({ exponent, indefinite }) => [`exponent ${exponent}`, ...(indefinite ? ['indefinite'] : [])],
  terms: (classes) => classes,
  bytes: (classes, padded) => 4 * padded * classes,
  requireUse({ indefinite }, { power, root }) {
    if (power !== 2)
      throw wrongRange('groundDistance', 'one that has a power of 1', 'energy(), which is a squared distance');
    if (root === undefined || !indefinite) return;
    const expected = `an energy that is not indefinite, as normalization '${root}' takes a root`;
    throw wrongRange('groundDistance', expected, 'an indefinite one');
  },
};

/** Options of `energy()`. */
export interface EnergyOptions {
  /** `M_ij = D_ij ^ exponent`, in (0, 2]. Default: 1. */
  exponent?: number;
  /** Allows an M that is not of negative type, with which the loss may be negative and is not proper. Default: false. */
  indefinite?: boolean;
}

const OPTIONS = { exponent: true, indefinite: true } as const satisfies Record<keyof EnergyOptions, true>;

/** With more classes the check would take longer than a training step. */
const MOST_CHECKED = 1024;

export function checkEnergy(given: unknown, options: unknown): GroundValues {
  knownOptions(options, OPTIONS);
  const { exponent = 1, indefinite = false } = options as EnergyOptions;
  checkExponent(exponent);
  if (typeof indefinite !== 'boolean') throw wrongType('indefinite', 'a boolean', indefinite);
  const { classes, values: distances, largest } = copyMatrix(given);
  if (!(Math.fround(largest ** exponent) < Infinity)) {
    throw wrongRange('exponent', `distance ^ exponent to be a float32 number, also for ${largest}`, exponent);
  }
  if (
    !indefinite &&
    classes <= MOST_CHECKED &&
    !isOfNegativeType(
      Float64Array.from(distances, (d) => d ** exponent),
      classes,
    )
  ) {
    const expected =
      'distances of negative type after the exponent (those of points or in a tree are), or the option indefinite';
    throw wrongRange('distances', expected, 'others, of which E can be negative');
  }
  return { classes, distances, exponent, indefinite };
}

export function checkExponent(exponent: unknown): void {
  if (typeof exponent !== 'number') throw wrongType('exponent', 'a number', exponent);
  if (!(exponent > 0 && exponent <= 2)) throw wrongRange('exponent', 'a number greater than 0, at most 2', exponent);
}
