import { type Estimate, estimate } from '../../shared/statistics.js';
import { type Epoch, LOSSES, type TaskResult } from './experiment.js';
import type { Metric, Scores } from './metrics.js';

/** A trained loss and a way to decide on a class. */
export interface Contender {
  name: string;
  loss: number;
  decoding: keyof Scores;
}

/** What a comparison shows. */
export const VERDICTS = ['better', 'worse', 'undecided'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** When training stops. */
export interface Checkpoint {
  title: string;
  pick(curve: readonly Epoch[]): Epoch;
}

const CROSS_ENTROPY = 0;
const MIX = 2;
const argmaxContenders: Contender[] = LOSSES.map(({ name }, loss) => ({ name, loss, decoding: 'argmax' }));
const byMedian = (loss: number): Contender => ({ name: `${LOSSES[loss].name}, median`, loss, decoding: 'median' });

export const CONTENDERS: readonly Contender[] = argmaxContenders.flatMap((contender, loss) =>
  loss === CROSS_ENTROPY || loss === MIX ? [contender, byMedian(loss)] : [contender],
);

/** Two contenders to compare: the second is the rival of the first. */
export type Pair = readonly [Contender, Contender];

/** The median respects the order of the classes without any change to training, so it is a rival, too. */
export const PAIRS: readonly Pair[] = [
  ...argmaxContenders.slice(1).map((contender): Pair => [contender, argmaxContenders[CROSS_ENTROPY]]),
  [argmaxContenders[MIX], byMedian(CROSS_ENTROPY)],
  [byMedian(MIX), byMedian(CROSS_ENTROPY)],
];

export const CHECKPOINTS: readonly Checkpoint[] = [
  { title: 'last epoch', pick: (curve) => curve[curve.length - 1] },
  { title: 'best epoch by validation RPS', pick: (curve) => curve.reduce(better) },
];

function better(a: Epoch, b: Epoch): Epoch {
  return b.validation.argmax.rankedProbability < a.validation.argmax.rankedProbability ? b : a;
}

/** Test scores over seeds, and differences between them seed by seed, at a checkpoint. */
export class Summary {
  constructor(
    private readonly results: readonly TaskResult[],
    private readonly checkpoint: Checkpoint,
  ) {}

  /** A contender's metric. */
  score(contender: Contender, { key }: Metric): Estimate {
    return estimate(this.values(contender, key));
  }

  /** How much higher a metric is for the first of a pair than for the second. */
  difference([a, b]: Pair, { key }: Metric): Estimate {
    const rival = this.values(b, key);
    return estimate(this.values(a, key).map((value, seed) => value - rival[seed]));
  }

  /** Whether the interval of a pair's difference excludes 0, and which side is good. */
  verdict(pair: Pair, metric: Metric): Verdict {
    const { mean, halfWidth } = this.difference(pair, metric);
    if (Math.abs(mean) <= halfWidth) return 'undecided';
    return mean > 0 === metric.higherIsBetter ? 'better' : 'worse';
  }

  private values({ loss, decoding }: Contender, key: keyof Scores['argmax']): number[] {
    return this.results.map(({ curves }) => this.checkpoint.pick(curves[loss]).test[decoding][key]);
  }
}
