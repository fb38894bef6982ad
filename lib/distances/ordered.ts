// Classes on a line.
import { copyNumbers, isPositive, type Numbers } from '../checks/arguments.js';
import { wrongRange } from '../checks/errors.js';
import { MAX_CLASSES, SMALLEST } from '../checks/limits.js';
import {
  type ClassDistances,
  checkPositive,
  type GroundKind,
  type GroundValues,
  lengthsOf,
  path,
  type ReadableValues,
  unitOrNothing,
} from './kind.js';

export const ordered: GroundKind = {
  values: ['gaps'],
  check: ({ gaps }) => checkGaps(gaps),
  describe: ({ gaps }) => unitOrNothing(gaps),
  terms: (classes) => classes - 1,
  bytes: (_, padded) => 16 * padded,
};

function checkGaps(given: Numbers | undefined): GroundValues {
  if (given === undefined) return {};
  const gaps = copyNumbers('gaps', given, 1, MAX_CLASSES - 1, checkPositive);
  return { classes: gaps.length + 1, gaps };
}

/** From the places of classes to the gaps between them. */
export function checkPlaces(xs: Numbers): GroundValues {
  let previous = 0;
  const places = copyNumbers('xs', xs, 2, MAX_CLASSES, (name, value, index) => {
    if (!Number.isFinite(value)) throw wrongRange(`${name}[${index}]`, 'a finite number', value);
    if (index > 0 && !isPositive(value - previous)) {
      const expected = `a number greater than ${previous}, by a finite float32 number of at least ${SMALLEST}`;
      throw wrongRange(`${name}[${index}]`, expected, value);
    }
    previous = value;
  });
  const gaps = places.subarray(1).map((place, i) => place - places[i]);
  return { classes: places.length, gaps };
}

export function between({ gaps }: ReadableValues, classes: number): ClassDistances {
  const gap = lengthsOf('gaps', gaps, classes - 1);
  return {
    between: (i, k) => path(gap, Math.min(i, k), Math.max(i, k)),
    // First the mass below each class, which moves up to it, then the mass above, which moves down to it.
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
