// Classes that are the nodes of a tree.
import { ones, powers } from '../../operators/flow.js';
import type { Form } from '../form.js';

export const tree: Form = ({ parents: above, lengths: given }, { classes, power }) => {
  const parents = Array.from(above ?? []);
  const lengths = Array.from(given ?? ones(classes));
  const weights = lengths.map((length, node) => (parents[node] < 0 ? 0 : length));
  const { entered, left, steps: tour } = tourOf(parents);
  const nodes = tour.map(({ node }) => node);
  const entries = tour.map(({ enters }) => (enters ? 1 : 0));
  const turns = tour.map(({ enters }) => (enters ? 1 : -1));
  return (o, { p, t }) => {
    // A tour of the tree enters each node, and leaves it when all nodes below it have been visited: what lies between is its
    // subtree.
    const entering = o.ofClasses(entries);
    const difference = o.subtract(p, t());
    const visited = o.sumUpTo(o.multiply(o.columns(difference, nodes), entering), nodes.length);
    const before = o.subtract(o.columns(visited, entered), difference);
    const below = o.subtract(o.columns(visited, left), before);
    const { emd, growth } = powers(o, o.ofClasses(weights), below, power);
    const slope = () => {
      // The nodes that have been entered and not left are the path from the root.
      const steps = o.ofClasses(turns);
      const path = o.sumUpTo(o.multiply(o.columns(growth(), nodes), steps), nodes.length);
      return o.columns(path, entered);
    };
    return { emd, slope };
  };
};

interface Tour {
  steps: { node: number; enters: boolean }[];
  /** For each node, the indices of its two steps. */
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
