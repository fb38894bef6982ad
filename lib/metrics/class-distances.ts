// How far classes are apart, as a ground distance says. It is read from its public properties: metrics load nothing native, and take
// ground distances of other copies of the package.
import { typedArrayType, wrongRange, wrongType } from '../checks/errors.js';
import type { GroundDistanceKind } from '../distances/ground-distance.js';

/** A GroundDistance, or what its `toJSON()` returned. */
export interface GroundDistanceLike {
  readonly kind: GroundDistanceKind;
  readonly classes?: number;
  readonly gaps?: ArrayLike<number>;
  readonly parents?: ArrayLike<number>;
  readonly lengths?: ArrayLike<number>;
  readonly distances?: ArrayLike<number>;
}

/** What a kind of ground distance is to metrics. */
export interface ClassDistances {
  between(i: number, k: number): number;
  /** A function of distributions that gives for each class the expected distance to it, `sum_i p_i d_ik`, in the same array each time. */
  expectation(): (p: Float64Array) => Float64Array;
}

const KINDS: Readonly<Record<GroundDistanceKind, (ground: GroundDistanceLike, classes: number) => ClassDistances>> = {
  ordered: onLine,
  circular: onCircle,
  tree: onTree,
  matrix: inMatrix,
};

/** @throws TypeError, RangeError for what is no ground distance of that many classes. */
export function classDistances(ground: unknown, classes: number): ClassDistances {
  const { kind, classes: own } = Object(ground) as GroundDistanceLike;
  if (typeof kind !== 'string' || !Object.hasOwn(KINDS, kind)) {
    throw wrongType('groundDistance', 'a GroundDistance', ground);
  }
  if (own !== undefined && own !== classes) {
    throw wrongRange('groundDistance', `one of ${classes} classes`, `${kind} of ${own}`);
  }
  return KINDS[kind](ground as GroundDistanceLike, classes);
}

function onLine({ gaps }: GroundDistanceLike, classes: number): ClassDistances {
  const gap = lengthsOf('gaps', gaps, classes - 1);
  return {
    between: (i, k) => path(gap, Math.min(i, k), Math.max(i, k)),
    // Mass moves up to a class from below, then down to it from above.
    expectation: () => {
      const costs = new Float64Array(classes);
      return (p) => {
        costs.fill(0);
        for (let k = 1, mass = 0, cost = 0; k < classes; k++) {
          mass += p[k - 1];
          cost += mass * gap(k - 1);
          costs[k] += cost;
        }
        for (let k = classes - 2, mass = 0, cost = 0; k >= 0; k--) {
          mass += p[k + 1];
          cost += mass * gap(k);
          costs[k] += cost;
        }
        return costs;
      };
    },
  };
}

function onCircle({ gaps }: GroundDistanceLike, classes: number): ClassDistances {
  const gap = lengthsOf('gaps', gaps, classes);
  return {
    between: (i, k) => {
      const [first, second] = [Math.min(i, k), Math.max(i, k)];
      return Math.min(path(gap, first, second), path(gap, second, classes) + path(gap, 0, first));
    },
    // Twice round: from each class on, those up to half the circle ahead are reached forwards, the others backwards.
    expectation: () => {
      const costs = new Float64Array(classes);
      const places = new Float64Array(2 * classes + 1);
      const masses = new Float64Array(2 * classes + 1); // of the classes before
      const moments = new Float64Array(2 * classes + 1); // of mass times place
      for (let i = 0; i < 2 * classes; i++) places[i + 1] = places[i] + gap(i % classes);
      const half = places[classes] / 2;
      return (p) => {
        for (let i = 0; i < 2 * classes; i++) {
          const mass = p[i < classes ? i : i - classes];
          masses[i + 1] = masses[i] + mass;
          moments[i + 1] = moments[i] + mass * places[i];
        }
        for (let k = 0, end = 0; k < classes; k++) {
          const again = k + classes;
          while (end < again && places[end] - places[k] <= half) end++;
          const forwards = moments[end] - moments[k] - places[k] * (masses[end] - masses[k]);
          const backwards = places[again] * (masses[again] - masses[end]) - (moments[again] - moments[end]);
          costs[k] = forwards + backwards;
        }
        return costs;
      };
    },
  };
}

function onTree({ parents, lengths }: GroundDistanceLike, classes: number): ClassDistances {
  const above = numbersOf('parents', parents, classes);
  const length = lengthsOf('lengths', lengths, classes);
  const { order, depths } = fromRootDown(above, classes);
  return {
    between: (i, k) => {
      let sum = 0;
      for (let [a, b] = [i, k]; a !== b; ) {
        if (depths[a] < depths[b]) [a, b] = [b, a];
        sum += length(a);
        a = above[a];
      }
      return sum;
    },
    // All mass to the root; then from a class to one below it the mass there comes nearer, and the rest goes farther.
    expectation: () => {
      const costs = new Float64Array(classes);
      const below = new Float64Array(classes); // the mass of a class and of those below it
      const [root] = order;
      return (p) => {
        below.set(p);
        costs[root] = 0;
        for (let n = classes - 1; n > 0; n--) {
          const i = order[n];
          below[above[i]] += below[i];
          costs[root] += below[i] * length(i);
        }
        for (let n = 1; n < classes; n++) {
          const i = order[n];
          costs[i] = costs[above[i]] + (below[root] - 2 * below[i]) * length(i);
        }
        return costs;
      };
    },
  };
}

function inMatrix({ distances }: GroundDistanceLike, classes: number): ClassDistances {
  const values = numbersOf('distances', distances, classes * classes);
  return {
    between: (i, k) => values[i * classes + k],
    expectation: () => {
      const costs = new Float64Array(classes);
      return (p) => {
        costs.fill(0);
        for (let i = 0; i < classes; i++) {
          const mass = p[i];
          if (mass === 0) continue;
          for (let k = 0; k < classes; k++) costs[k] += mass * values[i * classes + k];
        }
        return costs;
      };
    },
  };
}

/** The sum of the gaps from one class to one above it: no difference of places, in which a gap beside a much larger one is lost. */
function path(gap: (j: number) => number, from: number, to: number): number {
  let sum = 0;
  for (let j = from; j < to; j++) sum += gap(j);
  return sum;
}

/** The nodes with each after its parent, and how many edges are above each. */
function fromRootDown(parents: ArrayLike<number>, classes: number): { order: Int32Array; depths: Int32Array } {
  const order = new Int32Array(classes);
  const depths = new Int32Array(classes).fill(-1);
  const upwards: number[] = [];
  let known = 0;
  for (let start = 0; start < classes; start++) {
    for (let node = start; depths[node] < 0; node = parents[node]) {
      upwards.push(node);
      if (parents[node] === -1 && known === 0) break;
      if (upwards.length > classes || !(parents[node] in depths)) {
        throw wrongRange('groundDistance.parents', 'those of a tree', parents);
      }
    }
    for (let node = upwards.pop(); node !== undefined; node = upwards.pop()) {
      depths[node] = known === 0 ? 0 : depths[parents[node]] + 1;
      order[known++] = node;
    }
  }
  return { order, depths };
}

/** The length of each gap or edge; 1 where none are given. */
function lengthsOf(name: string, values: ArrayLike<number> | undefined, count: number): (j: number) => number {
  if (values === undefined) return () => 1;
  const lengths = numbersOf(name, values, count);
  return (j) => lengths[j];
}

/** That they are the numbers of a ground distance has been checked when that was made. */
function numbersOf(name: string, values: unknown, count: number): ArrayLike<number> {
  if (!Array.isArray(values) && typedArrayType(values) === undefined) {
    throw wrongType(`groundDistance.${name}`, 'an array of numbers', values);
  }
  const numbers = values as ArrayLike<number>;
  if (numbers.length !== count) throw wrongRange(`groundDistance.${name}`, `${count} elements`, values);
  return numbers;
}
