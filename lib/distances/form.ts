// What a kind of ground distance is where the loss is an expression of operators. Each has a file in forms/, which knows nothing of the
// others, and kinds.ts lists them. The formulas are those of README, "Ground distances and formulas".
import type { EmdOfRows } from '../operators/rows.js';
import type { GroundValues } from './kind.js';

/** What does not depend on rows is worked out once. */
export type Form = (values: GroundValues, use: { classes: number; power: number }) => EmdOfRows;
