import { type Case, type Group, ORDERED } from './case.js';

const variants: Omit<Case, 'rows' | 'classes'>[] = [
  { ...ORDERED, kind: 'confident rows', confident: true, quick: true },
  { ...ORDERED, kind: 'distributions', targets: 'distribution', quick: true },
  { ...ORDERED, kind: 'with cross entropy', crossEntropyWeight: 1 },
  { ...ORDERED, kind: 'in place', inPlace: true },
];

export const options: Group = {
  title: 'Ordered, with other predictions, targets and options',
  cases: variants.flatMap((variant): Case[] => [
    { ...variant, rows: 256, classes: 101 },
    { ...variant, rows: 256, classes: 1000, quick: false },
  ]),
};
