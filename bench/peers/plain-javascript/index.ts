import type { Peer } from '../peer.js';
import { moverOf } from './grounds.js';
import { makeLoss } from './loss.js';

const name = 'plain JavaScript';

/** The loop over typed arrays that a user would write without this package. */
export const plainJavascript: Peer = {
  name,

  /**
   * Not in place: from the second call on the logits would be gradients, nearly 0, for which Math.exp is faster than for
   * logits. Not with distributions on a circle, a tree or a matrix.
   */
  contenders: ({ ground, targets, inPlace }) =>
    inPlace || (targets === 'distribution' && !ground.startsWith('ordered')) ? [] : [{ peer: name, name, threads: 1 }],

  prepare: (problem) => {
    const { classes, inner = 1, predictions, targets, power = 2, crossEntropyWeight = 0 } = problem;
    const gradient = new Float32Array(predictions.length);
    const mover = moverOf(problem.ground, classes, power, targets.kind);
    const evaluate = makeLoss(classes, inner, mover, crossEntropyWeight);
    let result = Number.NaN;
    return {
      run: () => {
        result = evaluate(predictions, targets.values, gradient);
      },
      output: () => ({ kind: 'loss', loss: result, gradient }),
    };
  },
};
