// The loss and its gradient by this package on the CPU.
import { EmdLoss, info } from 'squared-emd';
import { type Contender, numbersOf } from './contender.js';
import type { Batch } from './protocol.js';

export function ofPackage(batch: Batch): Contender {
  const { logits, labels } = numbersOf(batch);
  const criterion = new EmdLoss({ classes: batch.classes });
  const gradient = new Float32Array(logits.length);
  let loss = Number.NaN;
  return {
    name: `squared-emd, ${info().isa}`,
    async run() {
      ({ loss } = criterion.evaluate(logits, labels, { gradient }));
    },
    output: async () => ({ loss, gradient }),
  };
}
