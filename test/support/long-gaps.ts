// Few classes, far from each other, and rows of whose mass little has to cross: E of power 1 is then small, and a rounding of what
// crosses counts as often as a gap is long. Some have next to nothing between boundaries that are crossed by as much; of some
// probabilities half is missing, which has to come from behind the last class.
import type { Problem } from '../../shared/oracle/oracle.js';
import { layOut, problemOf } from '../../shared/oracle/problems.js';
import type { Random } from '../../shared/oracle/random.js';

const ROWS = 16;

interface Choice {
  kinds?: readonly ('ordered' | 'circular')[];
  inputs?: readonly ('logits' | 'probabilities')[];
  mostClasses?: number;
}

const tiny = (random: Random, digits: number) => 10 ** (-digits * Math.abs(random.normal()));

/** `count` random problems with gaps of up to 10^digits, each with what tells it from others. */
export function* longGaps(
  count: number,
  digits: number,
  random: Random,
  { kinds = ['ordered', 'circular'], inputs = ['logits', 'probabilities'], mostClasses = 16 }: Choice = {},
): Iterable<[problem: Problem, form: object]> {
  for (let i = 0; i < count; i++) {
    const classes = 2 + random.index(mostClasses - 1);
    const kind = random.pick(kinds);
    const input = random.pick(inputs);
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
    const share = input === 'logits' ? 1 : random.pick([1, 0.5]);
    const rows = masses.map((row) => row.map((mass) => (input === 'logits' ? Math.log(mass) : share * mass)));
    const labels = rows.map(() => random.index(classes));
    const values = layOut(distributions, classes);
    const change = targets === 'index' ? {} : { targets: { kind: 'distribution', values } as const };
    yield [
      problemOf(rows, labels, { ground: { kind, gaps }, power: 1, input, reduction: 'none', ...change }),
      { i, classes, kind, input, targets, share },
    ];
  }
}
