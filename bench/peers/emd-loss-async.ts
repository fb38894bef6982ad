import { EmdLoss } from 'squared-emd';
import { ORDERED } from '../cases/case.js';
import { emdOptions } from './emd-options.js';
import type { Peer } from './peer.js';

const name = 'evaluateAsync()';

/** This package's asynchronous form, awaited call by call: shows what the copies and the change of threads cost. */
export const emdLossAsync: Peer = {
  name,

  contenders: ({ kind, inPlace }, { isas, threads }) =>
    kind !== ORDERED.kind || inPlace
      ? []
      : threads.map((count) => ({
          peer: name,
          name: `${name}, ${count} ${count === 1 ? 'thread' : 'threads'}`,
          isa: isas.at(-1),
          threads: count,
        })),

  prepare: (problem, _work, { threads }) => {
    const loss = new EmdLoss({ ...emdOptions(problem), threads });
    const targets = problem.targets.values;
    const gradient = new Float32Array(problem.predictions.length);
    let result = Number.NaN;
    return {
      run: async () => {
        result = (await loss.evaluateAsync(problem.predictions, targets, { gradient })).loss;
      },
      output: () => ({ kind: 'loss', loss: result, gradient }),
    };
  },
};
