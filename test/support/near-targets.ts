// Distributions close to the prediction, or equal to it but for rounding: E is next to nothing, and with power 1 an error of what crosses
// a boundary counts as often as boundaries are long. Rows are flat or have nearly all in a few classes; targets are shares or counts.
import type { Problem } from '../../shared/oracle/oracle.js';
import { type GroundName, layOut, makeGround, probabilities, problemOf } from '../../shared/oracle/problems.js';
import type { Random } from '../../shared/oracle/random.js';

const SPREADS = [0, 0.1, 1, 4];
const TOTALS = [1, 37, 1 / 3, 1e4, 1e-24, 1e34];

export const NEAR_GROUNDS = [
  'ordered',
  'ordered-gaps',
  'circular',
  'circular-gaps',
  'tree-random',
  'tree-path',
] as const satisfies readonly GroundName[];

/** Problems of a ground distance, each with what tells it from others. */
export function* nearTargets(
  ground: GroundName,
  sizes: readonly number[],
  random: Random,
): Iterable<[problem: Problem, form: object]> {
  for (const classes of sizes) {
    for (const input of ['logits', 'probabilities'] as const) {
      for (const by of [0, 1e-6, 1e-4, 1e-2]) {
        const logits = SPREADS.map((spread) => random.floats(classes, () => spread * random.normal()));
        const rows = logits.map(probabilities);
        const total = random.pick(TOTALS);
        const near = rows.map((row) => row.map((mass) => total * mass * (1 + by * random.normal())));
        const problem = problemOf(input === 'logits' ? logits : rows, [], {
          ground: makeGround(ground, classes, random),
          power: 1,
          input,
          reduction: 'none',
          targets: { kind: 'distribution', values: layOut(near, classes) },
        });
        yield [problem, { ground, classes, input, by, total }];
      }
    }
  }
}
