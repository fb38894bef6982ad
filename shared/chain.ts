import { type GroundDistance, tree } from 'squared-emd';

/** Classes on a line, in the given order: a tree without branches. */
export function chain(order: readonly number[]): GroundDistance {
  const parents = new Int32Array(order.length).fill(-1);
  for (let i = 1; i < order.length; i++) parents[order[i]] = order[i - 1];
  return tree(parents);
}
