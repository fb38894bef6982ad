import type { Ground, Power } from '../../../shared/oracle/distances.js';

/**
 * The EMD of a row; its derivatives with respect to the probabilities `p` are written to `slope`. The target is the
 * distribution `t`, or the class `k`. The object returned is the same each time.
 */
export type Mover = (p: Float64Array, t: Float64Array, k: number, slope: Float64Array) => Moved;

interface Moved {
  emd: number;
  /** The sum of p * slope. */
  mean: number;
}

export function moverOf(ground: Ground, classes: number, power: Power, targets: 'index' | 'distribution'): Mover {
  switch (ground.kind) {
    case 'ordered': {
      const gaps = ground.gaps ? Float64Array.from(ground.gaps) : new Float64Array(classes - 1).fill(1);
      return targets === 'index' ? orderedToClass(gaps, power) : orderedToDistribution(gaps, power);
    }
    case 'circular':
      return power === 2 ? circularSquared(classes) : circularArcs();
    case 'tree':
      return onTree(Int32Array.from(ground.parents), Float64Array.from(ground.lengths ?? []), power);
    case 'matrix':
      return byMatrix(Float64Array.from(ground.distances), power);
    case 'energy':
      return byEnergy(Float64Array.from(ground.distances));
  }
}

/** Mass moves towards the target from both sides, so no nearly equal sums are subtracted, and the mean is known. */
function orderedToClass(gaps: Float64Array, power: Power): Mover {
  const moved: Moved = { emd: 0, mean: 0 };
  return (p, _t, k, slope) => {
    const last = p.length - 1;
    let emd = 0;
    let mass = 0;
    for (let j = 0; j < k; j++) {
      const gap = gaps[j];
      mass += p[j];
      emd += power === 2 ? gap * mass * mass : gap * mass;
      slope[j] = power === 2 ? 2 * gap * mass : gap;
    }
    mass = 0;
    for (let j = last; j > k; j--) {
      const gap = gaps[j - 1];
      mass += p[j];
      emd += power === 2 ? gap * mass * mass : gap * mass;
      slope[j] = power === 2 ? 2 * gap * mass : gap;
    }
    slope[k] = 0;
    let sum = 0;
    for (let j = k - 1; j >= 0; j--) slope[j] = sum += slope[j];
    sum = 0;
    for (let j = k + 1; j <= last; j++) slope[j] = sum += slope[j];
    moved.emd = emd;
    moved.mean = power * emd;
    return moved;
  };
}

function orderedToDistribution(gaps: Float64Array, power: Power): Mover {
  const moved: Moved = { emd: 0, mean: 0 };
  return (p, t, _k, slope) => {
    const last = p.length - 1;
    let emd = 0;
    let mass = 0;
    for (let j = 0; j < last; j++) {
      const gap = gaps[j];
      mass += p[j] - t[j];
      emd += power === 2 ? gap * mass * mass : gap * Math.abs(mass);
      slope[j] = power === 2 ? 2 * gap * mass : gap * Math.sign(mass);
    }
    let sum = 0;
    let mean = 0;
    slope[last] = 0;
    for (let j = last - 1; j >= 0; j--) {
      slope[j] = sum += slope[j];
      mean += p[j] * sum;
    }
    moved.emd = emd;
    moved.mean = mean;
    return moved;
  };
}

/** Neighbours at distance 1; the mean of the moved mass is subtracted, as it may go round the other way. */
function circularSquared(classes: number): Mover {
  const moved: Moved = { emd: 0, mean: 0 };
  return (p, t, _k, slope) => {
    let mass = 0;
    let total = 0;
    for (let j = 0; j < classes; j++) {
      mass += p[j] - t[j];
      slope[j] = mass;
      total += mass;
    }
    const rotation = total / classes;
    let emd = 0;
    let sum = 0;
    let mean = 0;
    for (let j = classes - 1; j >= 0; j--) {
      const rest = slope[j] - rotation;
      emd += rest * rest;
      slope[j] = sum += 2 * rest;
      mean += p[j] * sum;
    }
    moved.emd = emd;
    moved.mean = mean;
    return moved;
  };
}

/** Neighbours at distance 1; all mass goes the shorter way round. */
function circularArcs(): Mover {
  const moved: Moved = { emd: 0, mean: 0 };
  return (p, _t, k, slope) => {
    let emd = 0;
    for (let j = 0; j < p.length; j++) {
      const arc = Math.abs(j - k);
      const shorter = Math.min(arc, p.length - arc);
      slope[j] = shorter;
      emd += p[j] * shorter;
    }
    moved.emd = emd;
    moved.mean = emd;
    return moved;
  };
}

function onTree(parents: Int32Array, lengths: Float64Array, power: Power): Mover {
  const order = fromRoot(parents);
  const below = new Float64Array(parents.length);
  const moved: Moved = { emd: 0, mean: 0 };
  return (p, t, _k, slope) => {
    for (let i = 0; i < below.length; i++) below[i] = p[i] - t[i];
    for (let i = order.length - 1; i > 0; i--) below[parents[order[i]]] += below[order[i]];
    let emd = 0;
    let mean = 0;
    slope[order[0]] = 0;
    for (let i = 1; i < order.length; i++) {
      const node = order[i];
      const mass = below[node];
      const length = lengths[node];
      const sum = slope[parents[node]] + length * (power === 2 ? 2 * mass : Math.sign(mass));
      emd += length * (power === 2 ? mass * mass : Math.abs(mass));
      slope[node] = sum;
      mean += p[node] * sum;
    }
    moved.emd = emd;
    moved.mean = mean;
    return moved;
  };
}

/** The nodes in an order with parents before children. */
function fromRoot(parents: Int32Array): Int32Array {
  const children = Array.from(parents, () => [] as number[]);
  parents.forEach((parent, node) => {
    if (parent >= 0) children[parent].push(node);
  });
  const order = [parents.indexOf(-1)];
  for (const node of order) order.push(...children[node]);
  return Int32Array.from(order);
}

function byMatrix(distances: Float64Array, power: Power): Mover {
  const moved: Moved = { emd: 0, mean: 0 };
  return (p, _t, k, slope) => {
    const row = k * p.length;
    let emd = 0;
    for (let i = 0; i < p.length; i++) {
      const cost = distances[row + i];
      emd += power === 2 ? cost * p[i] * p[i] : cost * p[i];
      slope[i] = power === 2 ? 2 * cost * p[i] : cost;
    }
    moved.emd = emd;
    moved.mean = power * emd;
    return moved;
  };
}

/** The energy distance with exponent 1. */
function byEnergy(m: Float64Array): Mover {
  const moved: Moved = { emd: 0, mean: 0 };
  let x = new Float64Array(0);
  return (p, t, k, slope) => {
    const classes = p.length;
    if (x.length !== classes) x = new Float64Array(classes);
    for (let i = 0; i < classes; i++) x[i] = p[i] - (k >= 0 ? (i === k ? 1 : 0) : t[i]);
    slope.fill(0);
    for (let j = 0; j < classes; j++) {
      const mass = x[j];
      const start = j * classes;
      for (let i = 0; i < classes; i++) slope[i] -= mass * m[start + i];
    }
    let emd = 0;
    let mean = 0;
    for (let i = 0; i < classes; i++) {
      emd += x[i] * slope[i];
      mean += p[i] * slope[i];
    }
    moved.emd = emd / 2;
    moved.mean = mean;
    return moved;
  };
}
