import { ClassCentroids, pairwiseDistances, SelfGuidedEmd, setThreads } from 'squared-emd';
import type { BenchProblem } from '../cases/bench-problem.js';
import { type Case, workOf } from '../cases/case.js';
import type { Contender, Runner } from './peer.js';

/** This package on the work of a learned distance. */
export function learned(problem: BenchProblem, work: Case, { threads = 1 }: Contender): Runner {
  setThreads(threads);
  const { classes, features = new Float32Array(0), predictions, targets } = problem;
  const width = work.features as number;
  const labels = targets.values as Int32Array;
  if (workOf(work) === 'self-guided') return selfGuided(problem, width, labels, threads);

  const out = new Float32Array(classes * classes);
  const numbers = (): { kind: 'numbers'; values: Float32Array | Float64Array } => ({ kind: 'numbers', values: out });
  if (workOf(work) === 'distances') {
    return { run: () => void pairwiseDistances(features, { rows: classes, out }), output: numbers };
  }
  const centroids = new ClassCentroids({ classes, features: width, normalize: 'none' });
  if (workOf(work) === 'ranks') {
    centroids.accumulate(
      features,
      Int32Array.from({ length: classes }, (_, i) => i),
    );
    centroids.update();
    return { run: () => void centroids.distances({ out }), output: numbers };
  }
  let first: readonly number[] | undefined;
  return {
    run: () => {
      centroids.accumulate(features, labels);
      first ??= centroids.toState().sums as number[]; // the sums of one batch, to which later ones are added
    },
    output: () => ({ kind: 'numbers', values: Float64Array.from(first ?? predictions) }),
  };
}

function selfGuided(
  { classes, features = new Float32Array(0), predictions }: BenchProblem,
  width: number,
  labels: Int32Array,
  threads: number,
): Runner {
  const loss = new SelfGuidedEmd({ preset: 'matrix', classes, features: width, emdWeight: 1, startEpoch: 1, threads });
  loss.evaluate(predictions, features, labels);
  loss.endEpoch(); // from here on there are distances
  const gradient = new Float32Array(predictions.length);
  let result = Number.NaN;
  return {
    run: () => {
      result = loss.evaluate(predictions, features, labels, { gradient }).loss;
    },
    output: () => ({ kind: 'loss', loss: result, gradient }),
  };
}
