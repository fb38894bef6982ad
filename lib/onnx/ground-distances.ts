// The EMD of each row and its slope dE/dp, as operators: one function per ground distance. The formulas are those of README,
// "Ground distances and formulas".
import type { GroundDistance } from '../ground-distance';
import type { Value } from './graph';
import type { RowOperators } from './row-operators';

/** What the EMD is computed from. */
export interface Rows {
  classes: number;
  power: number;
  /** Probabilities, [rows, classes]. */
  p: Value;
  /** Target distributions, [rows, classes]. */
  t: Value;
  /** Class indices as int64, [rows, 1], where targets are such. */
  label?: Value;
  /** Whether a constant may be added to the slopes of a row: probabilities that come from a softmax add up to 1. */
  softmax: boolean;
}

export interface RowEmd {
  /** [rows, 1] */
  emd: Value;
  /** [rows, classes] */
  slope: Value;
}

/** The number of terms that E is a sum of. */
export const termsOf = ({ kind }: GroundDistance, classes: number): number =>
  kind === 'ordered' || kind === 'tree' ? classes - 1 : classes;

export function rowEmd(o: RowOperators, ground: GroundDistance, rows: Rows): RowEmd {
  switch (ground.kind) {
    case 'ordered':
      return ordered(o, [...(ground.gaps ?? ones(rows.classes - 1)), 0], rows);
    case 'circular':
      return circular(o, Array.from(ground.gaps ?? ones(rows.classes)), rows);
    case 'tree':
      return tree(o, Array.from(ground.parents ?? []), Array.from(ground.lengths ?? ones(rows.classes)), rows);
    case 'matrix':
      return matrix(o, ground, rows);
  }
}

const ones = (count: number): number[] => new Array(count).fill(1);

/** `sum w abs(m)^power`, and by how much it grows with each `m`. */
function powers(o: RowOperators, w: Value, m: Value, power: number): { emd: Value; growth: Value } {
  const weighted = o.multiply(w, power === 2 ? m : o.sign(m));
  return { emd: o.total(o.multiply(weighted, m)), growth: o.scale(weighted, power) };
}

/** The indices of the classes, to compare labels with. */
const places = (o: RowOperators, classes: number): Value =>
  o.graph.integers(
    Array.from({ length: classes }, (_, i) => i),
    [1, classes],
  );

/** Mass that crosses the boundary behind each class; with a label summed from the side on which nothing cancels. */
function crossings(o: RowOperators, { p, t, label, softmax, classes }: Rows): { delta: Value; left?: Value } {
  if (label === undefined || !softmax) return { delta: o.sumUpTo(o.subtract(p, t)) };
  const left = o.less(places(o, classes), label);
  return { delta: o.where(left, o.sumUpTo(p), o.negate(o.sumFrom(p, true))), left };
}

function ordered(o: RowOperators, gaps: readonly number[], rows: Rows): RowEmd {
  const { delta, left } = crossings(o, rows);
  const { emd, growth } = powers(o, o.ofClasses(gaps), delta, rows.power);
  if (left === undefined) return { emd, slope: o.sumFrom(growth) };
  // 0 at the label, so that its entry of the gradient is not the difference of large numbers.
  const none = o.number(0);
  const before = o.sumFrom(o.where(left, growth, none));
  const behind = o.sumUpTo(o.where(left, none, growth), true);
  return { emd, slope: o.subtract(before, behind) };
}

function circular(o: RowOperators, gaps: readonly number[], rows: Rows): RowEmd {
  if (rows.power === 1 && rows.label !== undefined && rows.softmax) return arcs(o, gaps, rows.label, rows.p);
  const { delta } = crossings(o, rows);
  const w = o.ofClasses(gaps);
  if (rows.power === 1) return aroundMedian(o, gaps, w, delta);
  const sum = gaps.reduce((a, b) => a + b, 0);
  const mean = o.scale(o.total(o.multiply(w, delta)), 1 / sum);
  const { emd, growth } = powers(o, w, o.subtract(delta, mean), 2);
  return { emd, slope: o.sumFrom(growth) };
}

/** All mass goes to the label, the shorter way round. */
function arcs(o: RowOperators, gaps: readonly number[], label: Value, p: Value): RowEmd {
  let place = 0;
  const positions = gaps.map((gap) => {
    const own = place;
    place += gap;
    return own;
  });
  const direct = o.magnitude(o.subtract(o.ofClasses(positions), o.look(positions, label)));
  const slope = o.graph.add('Min', [direct, o.subtract(o.number(place), direct)]);
  return { emd: o.total(o.multiply(p, slope)), slope };
}

/** `min_a sum w abs(delta - a)`: `a` is the weighted median of each row. */
function aroundMedian(o: RowOperators, gaps: readonly number[], w: Value, delta: Value): RowEmd {
  const { graph } = o;
  const count = gaps.length;
  const [sorted, order] = graph.addAll('TopK', [delta, graph.integers([count])], { axis: 1, largest: 0, sorted: 1 }, 2);
  const weights = graph.add('Gather', [graph.floats(gaps, [count]), order], { axis: 0 });
  const half = gaps.reduce((a, b) => a + b, 0) / 2;
  const reached = graph.add('Not', [o.less(o.sumUpTo(weights), o.number(half))]);
  const at = graph.add('ArgMax', [o.indicator(reached)], { axis: 1, keepdims: 1 }); // the first where it holds
  const median = graph.add('GatherElements', [sorted, at], { axis: 1 });
  const own = graph.add('GatherElements', [order, at], { axis: 1 });
  const moved = o.subtract(delta, median);
  const { emd, growth } = powers(o, w, moved, 1);
  // The boundary at the median takes what balances the others.
  const balance = o.where(o.equal(places(o, count), own), o.negate(o.total(growth)), o.number(0));
  return { emd, slope: o.sumFrom(o.add(growth, balance)) };
}

function tree(o: RowOperators, parents: readonly number[], lengths: readonly number[], rows: Rows): RowEmd {
  const { entered, left, tour } = walk(parents);
  const weights = lengths.map((length, node) => (parents[node] < 0 ? 0 : length));
  // A walk around the tree enters each node, and leaves it when all below have been visited: what lies between is its subtree.
  const entries = o.ofClasses(tour.map(({ enters }) => (enters ? 1 : 0)));
  const along = (values: Value) =>
    o.columns(
      values,
      tour.map(({ node }) => node),
    );
  const difference = o.subtract(rows.p, rows.t);
  const visited = o.sumUpTo(o.multiply(along(difference), entries));
  const before = o.subtract(o.columns(visited, entered), difference);
  const below = o.subtract(o.columns(visited, left), before);
  const { emd, growth } = powers(o, o.ofClasses(weights), below, rows.power);
  // What has been entered and not left is the path from the root.
  const steps = o.ofClasses(tour.map(({ enters }) => (enters ? 1 : -1)));
  const path = o.sumUpTo(o.multiply(along(growth), steps));
  return { emd, slope: o.columns(path, entered) };
}

interface Walk {
  tour: { node: number; enters: boolean }[];
  /** By node: its places in the tour. */
  entered: number[];
  left: number[];
}

function walk(parents: readonly number[]): Walk {
  const children: number[][] = parents.map(() => []);
  parents.forEach((parent, node) => {
    if (parent >= 0) children[parent].push(node);
  });
  const result: Walk = { tour: [], entered: [], left: [] };
  const stack = [{ node: parents.indexOf(-1), enters: true }];
  for (let step = stack.pop(); step; step = stack.pop()) {
    const { node, enters } = step;
    result[enters ? 'entered' : 'left'][node] = result.tour.length;
    result.tour.push(step);
    if (!enters) continue;
    stack.push({ node, enters: false });
    for (const child of children[node]) stack.push({ node: child, enters: true });
  }
  return result;
}

function matrix(o: RowOperators, ground: GroundDistance, { classes, power, p, t, label }: Rows): RowEmd {
  const { distances, exponent = 1, offset = 0 } = ground;
  const values = distances ?? new Float32Array(0); // a copy
  for (let i = 0; i < values.length; i++) values[i] = values[i] ** exponent + offset;
  const costs = o.graph.floats(values, [classes, classes]);
  const row = label && o.graph.add('Reshape', [label, o.graph.integers([-1])]);
  const c = row ? o.graph.add('Gather', [costs, row], { axis: 0 }) : o.graph.add('MatMul', [t, costs]);
  const weighted = power === 2 ? o.multiply(p, c) : c;
  return { emd: o.total(o.multiply(weighted, p)), slope: o.scale(weighted, power) };
}
