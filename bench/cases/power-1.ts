import type { Case, Group } from './case.js';

const grounds: Pick<Case, 'kind' | 'ground'>[] = [
  { kind: 'ordered, power 1', ground: 'ordered' },
  { kind: 'circular, power 1', ground: 'circular' },
  { kind: 'tree, power 1', ground: 'tree-random' },
  { kind: 'matrix, power 1', ground: 'matrix' },
];

export const powerOne: Group = {
  title: 'Power 1: the EMD itself',
  cases: grounds.map((ground) => ({ ...ground, power: 1, rows: 256, classes: 1000 })),
};
