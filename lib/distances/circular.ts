// Classes on a circle.
import { copyNumbers, type Numbers } from '../checks/arguments.js';
import { MAX_CLASSES } from '../checks/limits.js';
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

export const circular: GroundKind = {
  values: ['gaps'],
  check: ({ gaps }) => checkGaps(gaps),
  describe: ({ gaps }) => unitOrNothing(gaps),
  terms: (classes) => classes,
  bytes: (_, padded) => 16 * padded,
};

function checkGaps(given: Numbers | undefined): GroundValues {
  if (given === undefined) return {};
  const gaps = copyNumbers('gaps', given, 2, MAX_CLASSES, checkPositive);
  return { classes: gaps.length, gaps };
}

export function between({ gaps }: ReadableValues, classes: number): ClassDistances {
  const gap = lengthsOf('gaps', gaps, classes);
  return {
    between: (i, k) => {
      const [first, second] = [Math.min(i, k), Math.max(i, k)];
      return Math.min(path(gap, first, second), path(gap, second, classes) + path(gap, 0, first));
    },
    // Goes round twice: from each class, those up to half the circle ahead are reached forwards, the others backwards.
    expectation: () => {
      const costs = new Float64Array(classes);
      const places = new Float64Array(2 * classes + 1);
      const masses = new Float64Array(2 * classes + 1); // running sums of mass
      const moments = new Float64Array(2 * classes + 1); // running sums of mass times place
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
