// A kind of ground distance where the loss is an expression of operators. Each kind has a file in forms/, independent of the
// others, and kinds.ts lists them. The formulas are those of README, "Ground distances and formulas".
import type { EmdOfRows } from '../operators/rows.js';
import type { GroundValues } from './kind.js';

/** Computes once what does not depend on the rows. */
export type Form = (values: GroundValues, use: { classes: number; power: number }) => EmdOfRows;
