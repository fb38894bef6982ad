import type { Case, Group } from './case.js';

const ENERGY = { kind: 'energy', ground: 'energy' } as const satisfies Partial<Case>;

/** A matrix product: quadratic in the classes, so that it is bound by multiplications and not by memory. */
export const energyDistance: Group = {
  title: 'Energy distance',
  cases: [
    { ...ENERGY, rows: 4096, classes: 10, quick: true },
    { ...ENERGY, rows: 4096, classes: 32 },
    { ...ENERGY, rows: 1024, classes: 100 },
    { ...ENERGY, rows: 256, classes: 1000, quick: true },
    { ...ENERGY, kind: 'energy, distributions', targets: 'distribution', rows: 4096, classes: 10 },
    { ...ENERGY, kind: 'energy, distributions', targets: 'distribution', rows: 256, classes: 1000 },
  ],
};
