// The EMD of each row and its slope dE/dp, as operators: one file per kind of ground distance. The formulas are those of README,
// "Ground distances and formulas".
import type { GroundDistance } from '../../distances/ground-distance.js';
import type { GroundDistanceKind } from '../../distances/kinds.js';
import type { RowOperators } from '../row-operators.js';
import type { RowEmd, Rows } from '../rows.js';
import { circular } from './circular.js';
import { energy } from './energy.js';
import { matrix } from './matrix.js';
import { ordered } from './ordered.js';
import { tree } from './tree.js';

type Form = (o: RowOperators, ground: GroundDistance, rows: Rows) => RowEmd;

const FORMS: Readonly<Record<GroundDistanceKind, Form>> = { ordered, circular, tree, matrix, energy };

export const rowEmd: Form = (o, ground, rows) => FORMS[ground.kind](o, ground, rows);
