import { Random } from '../../shared/random.js';
import { type Estimate, estimate } from '../../shared/statistics.js';
import type { Run, TaskResult } from '../experiment.js';
import type { Lambda } from '../losses.js';
import { type Problem, problemOf } from '../problems.js';
import type { Decoding, Metric } from './metrics.js';

/** When training stops: at the epoch that scores best on validation samples, or after the last. */
export type At = 'best' | 'last';

/** A loss and a way to decide. Lambda is that of the grid, or of `lambdas`, which scores best on validation samples. */
export interface Contender {
  loss: string;
  decoding?: Decoding;
  lambdas?: readonly Lambda[];
}

/** Two contenders to compare: how much higher the first scores. */
export type Pair = readonly [Contender, Contender];

export type Verdict = 'better' | 'worse' | 'undecided' | 'none';

/** The networks for a data set and a number of training samples, with a split per seed. */
export class Group {
  readonly problem: Problem;

  constructor(readonly results: readonly TaskResult[]) {
    this.problem = problemOf(results[0].task.problem);
  }

  get trainRows(): number {
    return this.results[0].rows.train;
  }

  get networks(): number {
    return this.results.reduce((sum, { runs }) => sum + runs.length, 0);
  }

  /** How many networks were best in the last possible epoch, and might have become better. */
  get networksAtTheEnd(): number {
    const { epochs } = this.results[0].task;
    return this.results.reduce((sum, { runs }) => sum + runs.filter((run) => run.best.epoch === epochs).length, 0);
  }

  /** The networks of a contender, by seed. */
  runs({ loss, lambdas }: Contender, at: At): Run[] {
    return this.results.map(({ runs }) =>
      runs
        .filter((run) => run.loss === loss && (!lambdas || lambdas.includes(run.lambda)))
        .reduce((a, b) => (b[at].validation < a[at].validation ? b : a)),
    );
  }

  /** Undefined if the contender has no such score. */
  score(contender: Contender, metric: Metric, at: At): Estimate | undefined {
    return estimateOf(this.#values(contender, metric, at));
  }

  /** The mean of the differences, seed by seed. */
  difference([a, b]: Pair, metric: Metric, at: At): Estimate | undefined {
    const rival = this.#values(b, metric, at);
    return estimateOf(this.#values(a, metric, at).map((value, seed) => value - rival[seed]));
  }

  /** Whether the interval of a difference excludes 0, and which side is good. */
  verdict(pair: Pair, metric: Metric, at: At): Verdict {
    const difference = this.difference(pair, metric, at);
    if (!difference) return 'none';
    const { mean, halfWidth } = difference;
    if (Math.abs(mean) <= halfWidth) return 'undecided';
    return mean > 0 === metric.higherIsBetter ? 'better' : 'worse';
  }

  /**
   * The share of `known`'s gain over `reference` that a contender reaches, with an interval from resampling the seeds. Undefined
   * if `known` itself gains less than 1%.
   */
  shareOfGain(contender: Contender, known: Contender, reference: Contender, metric: Metric): Share | undefined {
    const [own, most, base] = [contender, known, reference].map((one) => this.#values(one, metric, 'best'));
    const share = (seeds: readonly number[]) => {
      const total = (values: readonly number[]) => seeds.reduce((sum, seed) => sum + values[seed], 0);
      return (total(base) - total(own)) / (total(base) - total(most));
    };
    const all = base.map((_, seed) => seed);
    const gain = all.reduce((sum, seed) => sum + (base[seed] - most[seed]) / base[seed], 0) / all.length;
    if (!(gain >= LEAST_GAIN)) return undefined;
    const random = new Random(1);
    const shares = Array.from({ length: RESAMPLINGS }, () =>
      share(all.map(() => Math.floor(random.uniform(0, all.length)))),
    );
    shares.sort((a, b) => a - b);
    const at = (part: number) => shares[Math.round(part * (RESAMPLINGS - 1))];
    return { value: share(all), low: at(0.025), high: at(0.975) };
  }

  /** The values by seed, NaN if there is no such score. */
  #values(contender: Contender, metric: Metric, at: At): number[] {
    const { decoding = 'argmax' } = contender;
    return this.runs(contender, at).map((run) => metric.read(run[at].test, decoding) ?? Number.NaN);
  }
}

/** A share of a gain, with its interval. */
export interface Share {
  value: number;
  low: number;
  high: number;
}

const LEAST_GAIN = 0.01;
const RESAMPLINGS = 2000;

function estimateOf(values: readonly number[]): Estimate | undefined {
  return values.every(Number.isFinite) ? estimate(values) : undefined;
}

/** The groups, problem by problem, fewest samples first. Sizes larger than the data set are one group. */
export function groupsOf(results: readonly TaskResult[]): Group[] {
  const groups = new Map<string, TaskResult[]>();
  for (const result of results) {
    const key = `${result.task.problem} ${result.rows.train}`;
    const known = groups.get(key) ?? [];
    if (known.some(({ task }) => task.seed === result.task.seed)) continue;
    groups.set(key, [...known, result]);
  }
  const order = [...new Set(results.map(({ task }) => task.problem))];
  return [...groups.values()]
    .map((group) => new Group(group))
    .sort((a, b) => order.indexOf(a.problem.id) - order.indexOf(b.problem.id) || a.trainRows - b.trainRows);
}
