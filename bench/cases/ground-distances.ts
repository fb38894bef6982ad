import type { Case, Group } from './case.js';

const grounds: Pick<Case, 'kind' | 'ground'>[] = [
  { kind: 'ordered, gaps', ground: 'ordered-gaps' },
  { kind: 'circular', ground: 'circular' },
  { kind: 'tree', ground: 'tree-random' },
  { kind: 'matrix', ground: 'matrix' },
];

export const groundDistances: Group = {
  title: 'Other ground distances',
  cases: grounds.flatMap((ground): Case[] => [
    { ...ground, rows: 256, classes: 101, quick: true },
    { ...ground, rows: 256, classes: 1000 },
    { ...ground, rows: 4096, classes: 1000 }, // more than fits into the caches, so that memory is the limit
  ]),
};
