import { emdLoss } from 'squared-emd';
import { emdOptions } from './emd-options.js';
import { isSmall, type Peer } from './peer.js';

const name = 'emdLoss()';

/** The one-call form of this package, which checks its options each time. */
export const emdLossOnce: Peer = {
  name,

  contenders: (work, { isas }) =>
    isSmall(work) ? [{ peer: name, name: `${name}, 1 thread`, isa: isas.at(-1), threads: 1 }] : [],

  prepare: (problem, _work, { threads }) => {
    const predictions = problem.predictions;
    const targets = problem.targets.values;
    const gradient = new Float32Array(predictions.length);
    const options = { ...emdOptions(problem), threads, gradient };
    let result = Number.NaN;
    return {
      run: () => {
        result = emdLoss(predictions, targets, options).loss;
      },
      output: () => ({ kind: 'loss', loss: result, gradient }),
    };
  },
};
