import { EmdLoss } from 'squared-emd';
import { ORDERED } from '../cases/case.js';
import { emdOptions } from './emd-options.js';
import type { Peer } from './peer.js';

const name = 'evaluateAsync()';

/** The form of this package that does not block the event loop, awaited call by call: what the copies and the way to a thread cost. */
export const emdLossAsync: Peer = {
  name,

  contenders: ({ kind, inPlace }, { isas }) =>
    kind === ORDERED.kind && !inPlace ? [{ peer: name, name: `${name}, 1 thread`, isa: isas.at(-1), threads: 1 }] : [],

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
