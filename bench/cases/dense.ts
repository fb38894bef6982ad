import { type Group, ORDERED } from './case.js';

export const dense: Group = {
  title: 'Dense prediction, [batch, classes, pixels]',
  cases: [
    { ...ORDERED, kind: 'dense', rows: 8 * 64 * 64, classes: 21, inner: 64 * 64 },
    { ...ORDERED, kind: 'dense', rows: 64 * 64, classes: 101, inner: 64 * 64, quick: true },
  ],
};
