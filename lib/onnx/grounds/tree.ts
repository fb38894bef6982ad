// Classes that are the nodes of a tree.
import type { GroundDistance } from '../../distances/ground-distance.js';
import type { Value } from '../graph.js';
import type { RowOperators } from '../row-operators.js';
import type { RowEmd, Rows } from '../rows.js';
import { ones, powers } from './flow.js';

export function tree(o: RowOperators, ground: GroundDistance, rows: Rows): RowEmd {
  const parents = Array.from(ground.parents ?? []);
  const lengths = Array.from(ground.lengths ?? ones(rows.classes));
  const { entered, left, steps: tour } = tourOf(parents);
  const weights = lengths.map((length, node) => (parents[node] < 0 ? 0 : length));
  // A tour of the tree enters each node, and leaves it when all below have been visited: what lies between is its subtree.
  const entries = o.ofClasses(tour.map(({ enters }) => (enters ? 1 : 0)));
  const along = (values: Value) =>
    o.columns(
      values,
      tour.map(({ node }) => node),
    );
  const difference = o.subtract(rows.p, rows.t());
  const visited = o.sumUpTo(o.multiply(along(difference), entries), tour.length);
  const before = o.subtract(o.columns(visited, entered), difference);
  const below = o.subtract(o.columns(visited, left), before);
  const { emd, growth } = powers(o, o.ofClasses(weights), below, rows.power);
  const slope = () => {
    // What has been entered and not left is the path from the root.
    const steps = o.ofClasses(tour.map(({ enters }) => (enters ? 1 : -1)));
    const path = o.sumUpTo(o.multiply(along(growth()), steps), tour.length);
    return o.columns(path, entered);
  };
  return { emd, slope };
}

interface Tour {
  steps: { node: number; enters: boolean }[];
  /** By node: the indices of its two steps. */
  entered: number[];
  left: number[];
}

function tourOf(parents: readonly number[]): Tour {
  const children: number[][] = parents.map(() => []);
  parents.forEach((parent, node) => {
    if (parent >= 0) children[parent].push(node);
  });
  const result: Tour = { steps: [], entered: [], left: [] };
  const stack = [{ node: parents.indexOf(-1), enters: true }];
  for (let step = stack.pop(); step; step = stack.pop()) {
    const { node, enters } = step;
    result[enters ? 'entered' : 'left'][node] = result.steps.length;
    result.steps.push(step);
    if (!enters) continue;
    stack.push({ node, enters: false });
    for (const child of children[node]) stack.push({ node: child, enters: true });
  }
  return result;
}
