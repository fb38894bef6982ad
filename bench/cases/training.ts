import { type Case, type Group, STEPS } from './case.js';

const epoch = (classes: number, quick = false): Case => ({
  work: 'epoch',
  kind: `epoch of ${STEPS} training steps`,
  ground: 'energy',
  rows: 256,
  classes,
  features: 512,
  quick,
});

/** What a loss adds to the training of a classifier's last layer. */
export const training: Group = {
  title: 'Training of a linear layer',
  cases: [epoch(10, true), epoch(100), epoch(1000)],
};
