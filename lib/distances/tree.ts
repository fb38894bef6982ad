// Classes that are the nodes of a tree.
import { attachedLength, copyNumbers, integer } from '../checks/arguments.js';
import { wrongRange, wrongType } from '../checks/errors.js';
import { MAX_CLASSES } from '../checks/limits.js';
import { typedArrayType } from '../checks/typed-arrays.js';
import {
  type ClassDistances,
  checkPositive,
  type GroundKind,
  type GroundValues,
  lengthsOf,
  numbersOf,
  type PlainValues,
  type ReadableValues,
  unitOrNothing,
} from './kind.js';

export const tree: GroundKind = {
  values: ['parents', 'lengths'],
  check,
  describe: ({ lengths }) => unitOrNothing(lengths),
  terms: (classes) => classes - 1,
  bytes: (classes) => 44 * classes,
};

function check({ parents: given, lengths: listed }: PlainValues): GroundValues {
  const parents = copyParents(given);
  const classes = parents.length;
  const root = checkTree(parents);
  if (listed === undefined) return { classes, parents };
  const lengths = copyNumbers('lengths', listed, classes, classes, (name, value, index) => {
    if (index !== root) checkPositive(name, value, index);
  });
  lengths[root] = 0;
  return { classes, parents, lengths };
}

function copyParents(parents: unknown): Int32Array {
  const list = Array.isArray(parents);
  if (!list && typedArrayType(parents) !== 'Int32Array') {
    throw wrongType('parents', 'an array of numbers or an Int32Array', parents);
  }
  const length = list ? parents.length : attachedLength('parents', parents as Int32Array);
  if (!(length >= 2 && length <= MAX_CLASSES)) throw wrongRange('parents', `2..${MAX_CLASSES} elements`, parents);
  const copy = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    copy[i] = integer(`parents[${i}]`, (parents as number[])[i], -1, length - 1);
  }
  return copy;
}

/** The root of a tree; throws unless the parents form a tree. */
function checkTree(parents: Int32Array): number {
  const root = parents.indexOf(-1);
  if (root < 0) throw new RangeError('parents: expected one root (-1), received none');
  const second = parents.indexOf(-1, root + 1);
  if (second >= 0) throw wrongRange(`parents[${second}]`, `a class, as parents[${root}] is the root already`, -1);

  // Each walk upwards ends at a node that an earlier walk has found to be below the root, or at one of its own: a cycle.
  const walkOf = new Int32Array(parents.length).fill(-1);
  walkOf[root] = parents.length;
  for (let start = 0; start < parents.length; start++) {
    let node = start;
    while (walkOf[node] === -1) {
      walkOf[node] = start;
      node = parents[node];
    }
    if (walkOf[node] === start) {
      throw wrongRange(
        `parents[${node}]`,
        `a class on the way to the root, ${root}, but it leads back to itself`,
        parents[node],
      );
    }
    for (node = start; walkOf[node] === start; node = parents[node]) walkOf[node] = parents.length;
  }
  return root;
}

export function between({ parents, lengths }: ReadableValues, classes: number): ClassDistances {
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
    // First the expected distance to the root. From a class to one below it, the mass there comes nearer, and the rest farther.
    expectation: () => {
      const costs = new Float64Array(classes);
      const below = new Float64Array(classes); // the mass of each class and of those below it
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

/** The nodes, each after its parent, and the number of edges above each. */
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
