// What strict null checks find.
import { EmdLoss, emdLoss } from 'squared-emd';

const logits = new Float32Array(24);

export function lengths(): number[] {
  const criterion = new EmdLoss({ classes: 8, gradient: false });
  return [
    // @ts-expect-error refused
    emdLoss(logits, [0, 1, 2], { classes: 8, gradient: false }).gradient.length,
    // @ts-expect-error not asked for
    emdLoss(logits, [0, 1, 2], { classes: 8 }).losses.length,
    // @ts-expect-error refused when the loss was made
    criterion.evaluate(logits, [0, 1, 2]).gradient.length,
    criterion.evaluate(logits, [0, 1, 2], { gradient: true }).gradient.length,
  ];
}
