// Rows with mass in two classes of a circle, and at most a little elsewhere: nearly the same moves over nearly every boundary, so that
// the differences from the mean are small, and as many as there are classes.
import type { Problem } from '../../shared/oracle/oracle.js';
import { layOut, probabilities, problemOf } from '../../shared/oracle/problems.js';

const INPUTS = ['logits', 'probabilities'] as const;
const TARGETS = ['index', 'distribution'] as const;
/** Three rows side by side in memory, or one. */
const INNER = [1, 3];
/** The length of each gap, and the mass of the third class. */
const GAPS_AND_MASSES = [
  [1, 0],
  [0.3, 0],
  [1, 1e-5],
  [0.3, 1e-7],
] as const;

/** Rows whose second class is behind the first, in front of it, on the other side, or the one after the next. */
function logitsOf(classes: number, mass: number): { rows: Float32Array[]; labels: number[] } {
  const steps = [classes - 1, classes - 2, classes >> 1, 1].filter((step) => step > 0);
  const labels = steps.flatMap(() => [0, classes >> 2, classes - 1]);
  const rows = labels.map((label, row) => {
    const logits = new Float32Array(classes).fill(-Infinity);
    for (const [share, much] of [
      [0.3, mass],
      [0.6, mass / 10],
    ]) {
      logits[Math.floor(share * classes)] = Math.log(much);
    }
    logits[label] = 0;
    logits[(label + steps[Math.floor(row / 3)]) % classes] = -0.7 * (row + 1);
    return logits;
  });
  return { rows, labels };
}

/** Such problems in every form of predictions and targets, each with what tells it from the others. */
export function* twoOnACircle(classes: number): Iterable<[problem: Problem, form: object]> {
  for (const [gap, mass] of GAPS_AND_MASSES) {
    const { rows, labels } = logitsOf(classes, mass);
    const distributions = labels.map((label) => {
      const target = new Float32Array(classes);
      target[(label + (classes >> 2) + 1) % classes] = mass === 0 ? 1e-3 : mass;
      target[label] += 1;
      return target;
    });
    const ground = { kind: 'circular', gaps: new Float64Array(classes).fill(gap) } as const;
    for (const input of INPUTS) {
      const given = input === 'logits' ? rows : rows.map(probabilities);
      for (const kind of TARGETS) {
        for (const inner of INNER) {
          const values = kind === 'index' ? Int32Array.from(labels) : layOut(distributions, classes, inner);
          const targets = { kind, values } as Problem['targets'];
          const problem = problemOf(given, labels, { ground, input, inner, targets });
          yield [problem, { classes, gap, mass, input, targets: kind, inner }];
        }
      }
    }
  }
}
