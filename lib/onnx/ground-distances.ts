// The EMD of each row and its slope dE/dp, as operators: one function per ground distance. The formulas are those of README,
// "Ground distances and formulas".
import type { GroundDistance } from '../distances/ground-distance.js';
import type { Value } from './graph.js';
import type { RowOperators } from './row-operators.js';
import type { Label, RowEmd, Rows } from './rows.js';
import { aroundMedian } from './weighted-median.js';

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
function powers(o: RowOperators, w: Value, m: Value, power: number): { emd: Value; growth(): Value } {
  if (power === 2) {
    const weighted = o.multiply(w, m);
    return { emd: o.total(o.multiply(weighted, m)), growth: () => o.scale(weighted, 2) };
  }
  const zero = o.number(0);
  return {
    emd: o.total(o.multiply(w, o.magnitude(m))),
    growth: () => o.subtract(o.where(o.less(zero, m), w, zero), o.where(o.less(m, zero), w, zero)),
  };
}

/** Mass that crosses the boundary behind each class; with a label and a softmax summed from the side on which nothing cancels. */
function crossings(o: RowOperators, { p, t, label, softmax, classes }: Rows): Value {
  if (label === undefined || !softmax) return o.sumUpTo(o.subtract(p, t()), classes);
  const left = o.less(o.places(classes), label.place());
  return o.choose(left, o.sumUpTo(p, classes), o.negate(o.sumFrom(p, classes, true)));
}

function ordered(o: RowOperators, gaps: readonly number[], rows: Rows): RowEmd {
  const { label, softmax, power, classes, p } = rows;
  if (label === undefined || !softmax) {
    const { emd, growth } = powers(o, o.ofClasses(gaps), crossings(o, rows), power);
    return { emd, slope: () => o.sumFrom(growth(), classes) };
  }
  if (power === 1) return allTo(o, apart(o, places(gaps, 0), label), p);
  const left = o.less(o.places(classes), label.place());
  const moved = o.choose(left, o.sumUpTo(p, classes), o.sumFrom(p, classes, true));
  const { emd, growth } = powers(o, o.ofClasses(gaps), moved, power);
  const slope = () => {
    // 0 at the label, so that its entry of the gradient is not the difference of large numbers.
    const all = growth();
    const none = o.number(0);
    const before = o.sumFrom(o.where(left, all, none), classes);
    return o.add(before, o.sumUpTo(o.where(left, none, all), classes, true));
  };
  return { emd, slope, mean: () => o.scale(emd, power) };
}

/** Power 1, and all mass goes to the label: E is the mean of the distances. */
function allTo(o: RowOperators, distances: Value, p: Value): RowEmd {
  const emd = o.total(o.multiply(p, distances));
  return { emd, slope: () => distances, mean: () => emd };
}

/** How far each class is from the label along the line, from where classes are. */
function apart(o: RowOperators, xs: readonly number[], { index }: Label): Value {
  // The difference of float32 places is off where it is much smaller than they are: their first digits are subtracted exactly.
  const unit = 2 ** (Math.ceil(Math.log2(xs.reduce((a, b) => Math.max(a, b)))) - 12);
  const first = xs.map((x) => Math.round(x / unit) * unit);
  const rest = xs.map((x, i) => x - first[i]);
  const fromLabel = (values: number[]) => o.subtract(o.ofClasses(values), o.look(values, index));
  const coarse = fromLabel(first);
  return o.magnitude(rest.some((part) => part !== 0) ? o.add(coarse, fromLabel(rest)) : coarse);
}

/** Where classes are when one walks from the first of them over the gaps behind each. */
function places(gaps: readonly number[], first: number): number[] {
  const xs = new Array<number>(gaps.length);
  let x = 0;
  for (let step = 0; step < gaps.length; step++) {
    const i = (first + step) % gaps.length;
    xs[i] = x;
    x += gaps[i];
  }
  return xs;
}

function circular(o: RowOperators, gaps: readonly number[], rows: Rows): RowEmd {
  const { power, label, softmax, p } = rows;
  if (power === 1 && label !== undefined && softmax) return allTo(o, arcs(o, gaps, label), p);
  const delta = crossings(o, rows);
  return power === 1 ? aroundMedian(o, gaps, delta) : aroundMean(o, gaps, delta);
}

/** How far each class is from the label, the shorter way round. The way along the line never crosses the widest gap. */
function arcs(o: RowOperators, gaps: readonly number[], label: Label): Value {
  const direct = apart(o, places(gaps, (widestOf(gaps) + 1) % gaps.length), label);
  const length = o.number(sumOf(gaps));
  return o.subtract(direct, o.graph.add('Relu', [o.subtract(o.scale(direct, 2), length)]));
}

const sumOf = (gaps: readonly number[]) => gaps.reduce((a, b) => a + b, 0);
/** The first of the widest gaps. */
const widestOf = (gaps: readonly number[]) => gaps.reduce((best, gap, i) => (gap > gaps[best] ? i : best), 0);

/** `min_a sum w (delta - a)^2`: `a` is the weighted mean of each row. */
function aroundMean(o: RowOperators, gaps: readonly number[], delta: Value): RowEmd {
  const moved = o.subtract(delta, o.scale(o.total(o.multiply(o.ofClasses(gaps), delta)), 1 / sumOf(gaps)));
  // All `w (delta - a)` add up to 0: that of the widest gap, which would cancel, is minus the sum of the others.
  const widest = widestOf(gaps);
  const others = o.multiply(o.ofClasses(gaps.map((gap, i) => (i === widest ? 0 : gap))), moved);
  const balance = o.total(others);
  const own = o.multiply(o.scale(balance, 1 / gaps[widest]), balance);
  const slope = () => {
    const place = o.ofClasses(gaps.map((_, i) => (i === widest ? 1 : 0)));
    return o.sumFrom(o.scale(o.subtract(others, o.multiply(place, balance)), 2), gaps.length);
  };
  return { emd: o.add(o.total(o.multiply(others, moved)), own), slope };
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
  const row = label && o.graph.add('Reshape', [label.index, o.graph.integers([-1])]);
  const c = row ? o.graph.add('Gather', [costs, row], { axis: 0 }) : o.graph.add('MatMul', [t(), costs]);
  const weighted = power === 2 ? o.multiply(p, c) : c;
  const emd = o.total(o.multiply(weighted, p));
  return { emd, slope: () => o.scale(weighted, power), mean: () => o.scale(emd, power) };
}
