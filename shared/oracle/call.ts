// Turns a problem of the oracle into a call of the library.
import {
  circular,
  type EmdOptions,
  type EmdResult,
  emdLoss,
  energy,
  type GroundDistance,
  matrix,
  ordered,
  tree,
} from '../../lib/index.js';
import type { Ground } from './distances.js';
import type { Problem, Targets } from './oracle.js';

// Kept, as checking and preparing a matrix takes longer than solving a small batch.
const made = new WeakMap<Ground, GroundDistance>();

export function groundDistance(ground: Ground): GroundDistance {
  const known = made.get(ground);
  if (known) return known;
  const distance = makeGroundDistance(ground);
  made.set(ground, distance);
  return distance;
}

function makeGroundDistance(ground: Ground): GroundDistance {
  switch (ground.kind) {
    case 'ordered':
      return ordered(ground.gaps && Array.from(ground.gaps));
    case 'circular':
      return circular(ground.gaps && Array.from(ground.gaps));
    case 'tree':
      return tree(Array.from(ground.parents), ground.lengths && Array.from(ground.lengths));
    case 'matrix':
      return matrix(new Float32Array(ground.distances), { exponent: ground.exponent, offset: ground.offset });
    case 'energy':
      return energy(new Float32Array(ground.distances), { exponent: ground.exponent, indefinite: ground.indefinite });
  }
}

export function optionsOf(problem: Problem): EmdOptions {
  const { ground, predictions, targets, ...options } = problem;
  const floats = (values: ArrayLike<number> | undefined) => values && new Float32Array(values);
  return {
    ...options,
    groundDistance: groundDistance(ground),
    classWeights: floats(problem.classWeights),
    sampleWeights: floats(problem.sampleWeights),
    upstream: typeof problem.upstream === 'object' ? floats(problem.upstream) : problem.upstream,
  };
}

export const predictionsOf = (problem: Problem) => new Float32Array(problem.predictions);

export const targetsOf = ({ kind, values }: Targets) =>
  kind === 'index' ? new Int32Array(values as ArrayLike<number>) : new Float32Array(values);

export function evaluate(problem: Problem, options: Partial<EmdOptions> = {}): EmdResult {
  return emdLoss(predictionsOf(problem), targetsOf(problem.targets), {
    ...optionsOf(problem),
    losses: true,
    ...options,
  });
}
