// The formulas of each kind of ground distance in WGSL. Each has the same functions, between which threads put together what they know:
//
//   massesOf()                        reads and keeps the masses; what their sums are is the kind's own business
//   sumOf(), awayOf()                 of those sums: the mass of the row, its cross entropy without the logarithm of that
//   movesOf()                         where `hasMoves`
//   costsOf(masses, moves)
//   emdOf()                           of the sums of costs: E, and sum_i p_i g_i
//   slopesOf(masses, moves, costs)    keeps the gradient
import { energy } from './energy.js';
import { matrix } from './matrix.js';
import { comparesLogits, ordered } from './ordered.js';
import type { KernelProblem, WebGpuKind } from './problem.js';

export interface Formulas {
  source(problem: KernelProblem): string;
  /** Whether there is a step between masses and costs. */
  hasMoves(problem: KernelProblem): boolean;
}

export const FORMULAS: Readonly<Record<WebGpuKind, Formulas>> = {
  ordered: { source: ordered, hasMoves: comparesLogits },
  matrix: { source: matrix, hasMoves: () => false },
  energy: { source: energy, hasMoves: () => false },
};

/** What a class has of the target, before it is divided by its sum. */
export const targetAt = ({ targetType }: KernelProblem) => `
fn targetAt(c: u32) -> f32 {
  ${targetType === 'distribution' ? 'if (aim.label == NONE) { return bitcast<f32>(targetsBits(start + c * call.inner)); }' : ''}
  return select(0.0, 1.0, c == aim.label);
}
`;
