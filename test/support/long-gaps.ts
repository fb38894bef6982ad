// Few classes, far from each other, and rows of whose mass little has to cross: E of power 1 is then small, and a rounding of what
// crosses counts as often as a gap is long. Some have next to nothing between boundaries that are crossed by as much.
import type { Problem } from '../../shared/oracle/oracle.js';
import { layOut, problemOf } from '../../shared/oracle/problems.js';
import type { Random } from '../../shared/oracle/random.js';

const ROWS = 16;
const MOST_CLASSES = 16;

const tiny = (random: Random, digits: number) => 10 ** (-digits * Math.abs(random.normal()));

/** `count` random problems with gaps of up to 10^digits, each with what tells it from others. */
export function* longGaps(count: number, digits: number, random: Random): Iterable<[problem: Problem, form: object]> {
  for (let i = 0; i < count; i++) {
    const classes = 2 + random.index(MOST_CLASSES - 1);
    const kind = random.pick(['ordered', 'circular'] as const);
    const input = random.pick(['logits', 'probabilities'] as const);
    const targets = random.pick(['index', 'distribution', 'near'] as const);
    const lengths = classes - (kind === 'ordered' ? 1 : 0);
    const gaps = Float64Array.from({ length: lengths }, () => 10 ** random.between(-1, digits));
    const masses = Array.from({ length: ROWS }, () => {
      const row = Float64Array.from({ length: classes }, () => (random.index(3) ? random.uniform() : tiny(random, 4)));
      const sum = row.reduce((a, b) => a + b);
      return Float32Array.from(row, (mass) => mass / sum);
    });
    const distributions = masses.map((row) =>
      row.map((mass) => (targets === 'near' ? mass * (1 + 1e-5 * random.normal()) : tiny(random, 2))),
    );
    const rows = input === 'logits' ? masses.map((row) => row.map(Math.log)) : masses;
    const labels = rows.map(() => random.index(classes));
    const values = layOut(distributions, classes);
    const change = targets === 'index' ? {} : { targets: { kind: 'distribution', values } as const };
    yield [
      problemOf(rows, labels, { ground: { kind, gaps }, power: 1, input, reduction: 'none', ...change }),
      { i, classes, kind, input, targets },
    ];
  }
}
