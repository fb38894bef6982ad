import { EmdLoss } from 'squared-emd';
import type { BenchProblem } from '../cases/bench-problem.js';
import { type Case, workOf } from '../cases/case.js';
import { emdOptions } from './emd-options.js';
import { learned } from './learned.js';
import type { Contender, Peer, Runner } from './peer.js';

const name = 'squared-emd';

/** This package as a training loop uses it: checked and prepared once, with memory for the gradient. */
export const squaredEmd: Peer = {
  name,
  works: ['loss', 'self-guided', 'sums', 'distances', 'ranks'],

  contenders: (_work, { isas, threads }) =>
    [...isas].reverse().flatMap((isa, place) =>
      threads.map((count) => ({
        peer: name,
        name: `${name} ${isa}, ${count} ${count === 1 ? 'thread' : 'threads'}`,
        isa,
        threads: count,
        subject: place === 0,
      })),
    ),

  prepare: (problem, work, contender) =>
    workOf(work) === 'loss' ? criterion(problem, work, contender) : learned(problem, work, contender),
};

/** `EmdLoss.evaluate` on a problem, of this copy of the package or another. */
export function criterion(problem: BenchProblem, work: Case, { threads }: Contender, Loss = EmdLoss): Runner {
  const loss = new Loss({ ...emdOptions(problem), threads });
  const predictions = problem.predictions;
  const targets = problem.targets.values;
  const gradient = work.inPlace ? predictions : new Float32Array(predictions.length);
  let result = Number.NaN;
  return {
    run: () => {
      result = loss.evaluate(predictions, targets, { gradient }).loss;
    },
    output: () => ({ kind: 'loss', loss: result, gradient }),
  };
}
