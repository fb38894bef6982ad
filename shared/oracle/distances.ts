// The oracle's E of one row and its gradient, for every ground distance.
import { dot, max, oneHot, sum, type Vector } from './numbers.js';

export type Ground =
  | { kind: 'ordered'; gaps?: Vector }
  | { kind: 'circular'; gaps?: Vector }
  | { kind: 'tree'; parents: Vector; lengths?: Vector }
  | { kind: 'matrix'; distances: Vector; exponent?: number; offset?: number }
  | { kind: 'energy'; distances: Vector; exponent?: number; indefinite?: boolean };

export type Power = 1 | 2;

export interface Emd {
  value: number;
  /** dE/dp; with `logits` only up to a constant, which is irrelevant then. */
  gradient: Float64Array;
  terms: number;
  scale: number;
  uncertain: number;
  /** Energy, from logits to a class index k: s M_k . q. */
  moved?: number;
}

export function emdOf(
  ground: Ground,
  p: Float64Array,
  target: number | Float64Array,
  power: Power,
  logits: boolean,
): Emd {
  switch (ground.kind) {
    case 'ordered':
      return ordered(ground.gaps, p, target, power, logits);
    case 'circular':
      return circular(ground.gaps, p, target, power, logits);
    case 'tree':
      return tree(ground, p, target, power, logits);
    case 'matrix':
      return matrix(ground, p, target, power);
    case 'energy':
      return energy(ground, p, target, logits);
  }
}

const lengthsOr1 = (lengths: Vector | undefined, count: number) =>
  lengths ? Float64Array.from(lengths) : new Float64Array(count).fill(1);

// The mass that crosses each boundary, where boundary j is the one after class j.
function movedMass(p: Float64Array, target: number | Float64Array, boundaries: number, logits: boolean): Float64Array {
  const moved = new Float64Array(boundaries);
  if (logits && typeof target === 'number') {
    let left = 0;
    for (let j = 0; j < target; j++) {
      left += p[j];
      moved[j] = left;
    }
    let right = 0;
    for (let j = p.length - 2; j >= target; j--) {
      right += p[j + 1];
      moved[j] = -right;
    }
    return moved;
  }
  const t = typeof target === 'number' ? oneHot(p.length, target) : target;
  let difference = 0;
  for (let j = 0; j < boundaries; j++) {
    difference += p[j] - t[j];
    moved[j] = difference;
  }
  return moved;
}

// rho w sign(m) abs(m)^(rho - 1), the term of a boundary in the gradient of every class on its left.
const slopeOf = (w: number, moved: number, power: Power) => (power === 2 ? 2 * w * moved : w * Math.sign(moved));
const costOf = (w: number, moved: number, power: Power) => w * Math.abs(moved) ** power;

// g_i = sum_{j>=i} slope_j, less its value at `zero`.
function sumsTowards(slopes: Float64Array, zero: number): Float64Array {
  const g = new Float64Array(slopes.length + 1);
  for (let i = zero - 1; i >= 0; i--) g[i] = g[i + 1] + slopes[i];
  for (let i = zero + 1; i < g.length; i++) g[i] = g[i - 1] - slopes[i - 1];
  return g;
}

const UNCERTAIN = 1e-6;

function ordered(
  gaps: Vector | undefined,
  p: Float64Array,
  target: number | Float64Array,
  power: Power,
  logits: boolean,
): Emd {
  const w = lengthsOr1(gaps, p.length - 1);
  const moved = movedMass(p, target, w.length, logits);
  const slopes = w.map((length, j) => slopeOf(length, moved[j], power));
  return {
    value: w.reduce((s, length, j) => s + costOf(length, moved[j], power), 0),
    gradient: sumsTowards(slopes, logits && typeof target === 'number' ? target : w.length),
    terms: w.length,
    scale: sum(w),
    uncertain: w.reduce((s, length, j) => s + (Math.abs(moved[j]) < UNCERTAIN ? length : 0), 0),
  };
}

function circular(
  gaps: Vector | undefined,
  p: Float64Array,
  target: number | Float64Array,
  power: Power,
  logits: boolean,
): Emd {
  const classes = p.length;
  const w = lengthsOr1(gaps, classes);
  if (logits && power === 1 && typeof target === 'number') {
    const gradient = arcsTo(w, target);
    return { value: dot(p, gradient), gradient, terms: classes, scale: sum(w), uncertain: 0 };
  }

  const moved = movedMass(p, target, classes, logits);
  const middle = power === 1 ? weightedMedian(moved, w) : -1;
  // Relative to the widest gap, where the mean is close to 0 if that gap is much wider than the others.
  const widest = w.indexOf(max(w));
  if (power === 2) moved.set(moved.map((mass) => mass - moved[widest]));
  const a = power === 1 ? moved[middle] : dot(w, moved) / sum(w);
  const slopes = w.map((length, j) => slopeOf(length, moved[j] - a, power));
  // All slopes add up to 0, so the one that cancels most, at the median or the widest gap, follows from the others.
  const implied = power === 1 ? middle : widest;
  slopes[implied] = 0;
  slopes[implied] = -sum(slopes);
  const costs = w.map((length, j) => costOf(length, moved[j] - a, power));
  if (power === 2) costs[implied] = slopes[implied] ** 2 / 4 / w[implied];
  return {
    value: sum(costs),
    gradient: sumsTowards(slopes, logits && typeof target === 'number' ? target : classes).subarray(0, classes),
    terms: classes,
    scale: sum(w),
    uncertain: w.reduce((s, l, j) => s + (j !== middle && Math.abs(moved[j] - a) < UNCERTAIN ? l : 0), 0),
  };
}

// The shorter way round from every class to k.
function arcsTo(w: Float64Array, k: number): Float64Array {
  const round = sum(w);
  const arcs = new Float64Array(w.length);
  let forward = 0;
  for (let step = 1; step < w.length; step++) {
    forward += w[(k + step - 1) % w.length];
    arcs[(k + step) % w.length] = Math.min(forward, round - forward);
  }
  return arcs;
}

// The position of the first value with half of the weight at or below it.
function weightedMedian(values: Float64Array, w: Float64Array): number {
  const order = Array.from(values.keys()).sort((a, b) => values[a] - values[b]);
  const half = sum(w) / 2;
  let below = 0;
  const isMiddle = (j: number) => {
    below += w[j];
    return below >= half;
  };
  return order.find(isMiddle) ?? order[order.length - 1];
}

function tree(
  ground: { parents: Vector; lengths?: Vector },
  p: Float64Array,
  target: number | Float64Array,
  power: Power,
  logits: boolean,
): Emd {
  // With an index target all mass moves towards it, so the tree is rooted there.
  const hung = logits && typeof target === 'number';
  const root = hung ? target : Array.from(ground.parents).indexOf(-1);
  const { order, parent, length } = walkTree(treeOf(ground), root);

  const below = hung ? p.slice() : p.map((q, i) => q - (typeof target === 'number' ? Number(i === target) : target[i]));
  for (let n = order.length - 1; n > 0; n--) below[parent[order[n]]] += below[order[n]];

  const emd: Emd = { value: 0, gradient: new Float64Array(p.length), terms: p.length - 1, scale: 0, uncertain: 0 };
  for (const node of order.subarray(1)) {
    emd.value += costOf(length[node], below[node], power);
    emd.gradient[node] = emd.gradient[parent[node]] + slopeOf(length[node], below[node], power);
    emd.scale += length[node];
    if (Math.abs(below[node]) < UNCERTAIN) emd.uncertain += length[node];
  }
  return emd;
}

interface Tree {
  /** The neighbours of node n are at `starts[n]` up to, but not including, `starts[n + 1]`. */
  starts: Int32Array;
  neighbours: Int32Array;
  lengths: Float64Array;
}
const trees = new WeakMap<object, Tree>();

function treeOf(ground: { parents: Vector; lengths?: Vector }): Tree {
  const known = trees.get(ground);
  if (known) return known;
  const { parents, lengths } = ground;
  const count = parents.length;
  const starts = new Int32Array(count + 1);
  const edges = Array.from({ length: count }, (_, node) => [node, parents[node], lengths ? lengths[node] : 1]).filter(
    ([, up]) => up >= 0,
  );
  for (const [node, up] of edges) {
    starts[node + 1]++;
    starts[up + 1]++;
  }
  for (let n = 0; n < count; n++) starts[n + 1] += starts[n];
  const made: Tree = {
    starts,
    neighbours: new Int32Array(2 * edges.length),
    lengths: new Float64Array(2 * edges.length),
  };
  const free = starts.slice();
  const add = (node: number, neighbour: number, length: number) => {
    made.neighbours[free[node]] = neighbour;
    made.lengths[free[node]++] = length;
  };
  for (const [node, up, length] of edges) {
    add(node, up, length);
    add(up, node, length);
  }
  trees.set(ground, made);
  return made;
}

// The nodes from `root` on, parents before children, with the parent of each node and the length of the edge to it.
function walkTree({ starts, neighbours, lengths }: Tree, root: number) {
  const count = starts.length - 1;
  const order = new Int32Array(count).fill(root, 0, 1);
  const parent = new Int32Array(count).fill(-1);
  const length = new Float64Array(count);
  let seen = 1;
  for (let n = 0; n < seen; n++) {
    const node = order[n];
    for (let i = starts[node]; i < starts[node + 1]; i++) {
      const next = neighbours[i];
      if (next === parent[node]) continue;
      parent[next] = node;
      length[next] = lengths[i];
      order[seen++] = next;
    }
  }
  return { order, parent, length };
}

type Matrix = Extract<Ground, { kind: 'matrix' | 'energy' }>;
const costs = new WeakMap<Matrix, Float64Array>();

function costsOf(ground: Matrix): Float64Array {
  const { distances, exponent = 1 } = ground;
  const offset = ground.kind === 'matrix' ? (ground.offset ?? 0) : 0;
  let known = costs.get(ground);
  if (known) return known;
  known = new Float64Array(distances.length);
  for (let i = 0; i < known.length; i++) known[i] = distances[i] ** exponent + offset;
  costs.set(ground, known);
  return known;
}

function matrix(
  ground: Extract<Ground, { kind: 'matrix' }>,
  p: Float64Array,
  target: number | Float64Array,
  power: Power,
): Emd {
  const classes = p.length;
  const toClass = (i: number, k: number) =>
    ground.distances[i * classes + k] ** (ground.exponent ?? 1) + (ground.offset ?? 0);
  const toMasses = (i: number, masses: Float64Array) => {
    const row = costsOf(ground).subarray(i * classes, (i + 1) * classes);
    let total = 0;
    for (let k = 0; k < classes; k++) if (masses[k] !== 0) total += masses[k] * row[k];
    return total;
  };
  const c = p.map((_, i) => (typeof target === 'number' ? toClass(i, target) : toMasses(i, target)));
  return {
    value: c.reduce((s, value, i) => s + p[i] ** power * value, 0),
    gradient: c.map((value, i) => (power === 2 ? 2 * p[i] * value : value)),
    terms: classes,
    scale: c.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0),
    uncertain: 0,
  };
}

function energy(
  ground: Extract<Ground, { kind: 'energy' }>,
  p: Float64Array,
  target: number | Float64Array,
  logits: boolean,
): Emd {
  const classes = p.length;
  const m = costsOf(ground);
  const times = (x: Float64Array) => x.map((_, i) => dot(x, m.subarray(i * classes, (i + 1) * classes)));
  const result = (value: number, gradient: Float64Array, moved?: number): Emd => ({
    value: ground.indefinite ? value : Math.max(0, value),
    gradient,
    terms: classes,
    scale: max(m),
    uncertain: 0,
    moved,
  });
  if (typeof target === 'number' && logits) {
    // The mass that has to move, computed without subtracting anything from a number near 1.
    const q = p.map((mass, i) => (i === target ? 0 : mass));
    const product = times(q);
    const moved = sum(q);
    const slope = product.map((value, i) => moved * m[target * classes + i] + product[target] - value);
    return result(dot(q, slope) / 2, slope, moved * product[target]);
  }
  const t = typeof target === 'number' ? oneHot(classes, target) : target;
  const x = p.map((mass, i) => mass - t[i]);
  const slope = times(x).map((value) => -value);
  return result(dot(x, slope) / 2, slope);
}
