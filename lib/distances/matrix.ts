// Any distances between all pairs of classes, and the costs that follow from them.
import { knownOptions } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { copyMatrix } from './distance-matrix.js';
import type { GroundKind, GroundValues } from './kind.js';

export const matrix: GroundKind = {
  values: ['distances', 'exponent', 'offset'],
  check: ({ distances, exponent, offset }) => checkMatrix(distances, { exponent, offset }),
  describe: ({ exponent, offset }) => [`exponent ${exponent}`, `offset ${offset}`],
  terms: (classes) => classes,
  bytes: (classes, padded) => 4 * padded * classes,
  requireUse({ offset = 0 }, { power, root }) {
    if (root === undefined || power !== 2 || offset >= 0) return;
    const expected = `a matrix with an offset of 0 or more, as normalization '${root}' takes a root`;
    throw wrongRange('groundDistance', expected, offset);
  },
};

/** How the cost of moving mass to class `k` follows from the distances: `c_i = D_ik ^ exponent + offset`. */
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
  knownOptions(options, MATRIX_OPTIONS);
  const { exponent = 1, offset = 0 } = options as MatrixOptions;
  if (typeof exponent !== 'number') throw wrongType('exponent', 'a number', exponent);
  if (!(exponent > 0 && exponent < Infinity)) throw wrongRange('exponent', 'a finite number greater than 0', exponent);
  if (typeof offset !== 'number') throw wrongType('offset', 'a number', offset);
  if (!Number.isFinite(offset)) throw wrongRange('offset', 'a finite number', offset);
  return { exponent, offset: offset + 0 }; // + 0: JSON would not keep -0
}
