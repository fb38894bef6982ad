import type { Case, Group } from './case.js';

const ENERGY = { kind: 'energy', ground: 'energy' } as const satisfies Partial<Case>;
const DISTRIBUTIONS = { ...ENERGY, kind: 'energy, distributions', targets: 'distribution' } as const;

/** A matrix product takes time quadratic in the number of classes, so it is bound by arithmetic rather than by memory. */
export const energyDistance: Group = {
  title: 'Energy distance',
  cases: [
    ...[8, 10, 16, 32].map((classes) => ({ ...ENERGY, rows: 4096, classes, quick: classes === 10 })),
    { ...ENERGY, rows: 1024, classes: 100 },
    { ...ENERGY, rows: 256, classes: 1000, quick: true },
    ...[8, 10, 16, 32].map((classes) => ({ ...DISTRIBUTIONS, rows: 4096, classes })),
    { ...DISTRIBUTIONS, rows: 256, classes: 1000 },
  ],
};
