// The formulas of each kind of ground distance in WGSL. Each has the same functions, between which threads put together what they know:
//
//   massesOf()                  reads and keeps the masses; what their sums are is the kind's own business
//   sumOf(), awayOf()           of those sums: the mass of the row, its cross entropy without the logarithm of that
//   costsOf(masses)             it may put together more: all threads come by
//   emdOf()                     of the sums of costs: E, and sum_i p_i g_i
//   slopesOf(masses, costs)     keeps the gradient

import type { GroundDistanceKind } from '../../distances/kinds.js';
import { circular } from './circular.js';
import { energy } from './energy.js';
import { matrix } from './matrix.js';
import { ordered } from './ordered.js';
import type { Formulas, KernelProblem } from './problem.js';
import { tree } from './tree.js';

export const FORMULAS: Readonly<Record<GroundDistanceKind, Formulas>> = {
  ordered,
  circular,
  tree,
  matrix,
  energy,
};

/** What a class has of the target, before it is divided by its sum. */
export const targetAt = ({ targetType }: KernelProblem) => `
fn targetAt(c: u32) -> f32 {
  ${targetType === 'distribution' ? 'if (aim.label == NONE) { return bitcast<f32>(targetsBits(start + c * call.inner)); }' : ''}
  return select(0.0, 1.0, c == aim.label);
}
`;
