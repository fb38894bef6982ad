// What differs between the networks: how a batch's logits become their gradient.
import { EmdLoss, SelfGuidedEmd } from 'squared-emd';
import type { Samples } from '../../../../shared/data.js';
import type { Network } from '../../../ames-prices/network.js';
import type { LossId } from '../losses.js';
import { BATCH, CLASSES, HIDDEN, LAMBDA } from '../settings.js';

export interface Criterion {
  /** Puts the gradient in the place of the logits. @returns The mean loss. */
  differentiate(logits: Float32Array, features: Float32Array, labels: Int32Array): number;
  endEpoch?(): void;
  /** The learned distances in use, [classes, classes]. */
  distances?(): Float32Array;
}

export function criterionOf(loss: LossId, network: Network, train: Samples): Criterion {
  return loss === 'learned' ? selfGuided(network, train) : fixed(loss === 'ce' ? 0 : LAMBDA);
}

function fixed(emdWeight: number): Criterion {
  const criterion = new EmdLoss({ classes: CLASSES, crossEntropyWeight: 1, emdWeight });
  return {
    differentiate: (logits, _features, labels) => criterion.evaluate(logits, labels, { gradient: logits }).loss,
  };
}

/** Its first distances come from the features of the untrained network. Nobody tells it that classes have an order. */
function selfGuided(network: Network, { rows, features, inputs, labels }: Samples): Criterion {
  const guided = new SelfGuidedEmd({ classes: CLASSES, features: HIDDEN });
  for (let start = 0; start < rows; start += BATCH) {
    const end = Math.min(start + BATCH, rows);
    network.forward(inputs.subarray(start * features, end * features), end - start);
    guided.observe(network.features, labels.subarray(start, end));
  }
  guided.refresh();
  return {
    differentiate: (logits, hidden, batch) => guided.evaluate(logits, hidden, batch, { gradient: logits }).loss,
    endEpoch: () => guided.endEpoch(),
    distances: () => guided.distances as Float32Array,
  };
}
