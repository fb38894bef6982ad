import type { BenchProblem } from '../cases/bench-problem.js';
import { workOf } from '../cases/case.js';
import type { Peer, Runner } from './peer.js';

const name = 'JavaScript loops';

/** Sums and distances as a user would write them without this package. */
export const plainLearned: Peer = {
  name,
  works: ['sums', 'distances'],
  contenders: () => [{ peer: name, name, threads: 1, looseness: 100 }], // float64 sums, kept in float32
  prepare: (problem, work) => (workOf(work) === 'sums' ? sums(problem) : distances(problem)),
};

function sums({ classes, features = new Float32Array(0), targets }: BenchProblem): Runner {
  const labels = targets.values;
  const width = features.length / labels.length;
  const total = new Float64Array(classes * width);
  let first: Float64Array | undefined;
  return {
    run: () => {
      for (let row = 0; row < labels.length; row++) {
        const own = labels[row] * width;
        for (let k = 0; k < width; k++) total[own + k] += features[row * width + k];
      }
      first ??= total.slice();
    },
    output: () => ({ kind: 'numbers', values: first ?? total }),
  };
}

function distances({ classes, features = new Float32Array(0) }: BenchProblem): Runner {
  const width = features.length / classes;
  const out = new Float32Array(classes * classes);
  return {
    run: () => {
      for (let i = 0; i < classes; i++) {
        for (let j = 0; j < i; j++) {
          let sum = 0;
          for (let k = 0; k < width; k++) {
            const difference = features[i * width + k] - features[j * width + k];
            sum += difference * difference;
          }
          out[i * classes + j] = out[j * classes + i] = Math.sqrt(sum);
        }
      }
    },
    output: () => ({ kind: 'numbers', values: out }),
  };
}
