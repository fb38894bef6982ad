import type { Case, Group } from './case.js';

const learned = (
  work: Case['work'],
  kind: string,
  shape: Pick<Case, 'rows' | 'classes' | 'features'>,
  quick = false,
): Case => ({
  work,
  kind,
  ground: 'matrix',
  quick,
  ...shape,
});

export const learnedDistance: Group = {
  title: 'Learned ground distance',
  cases: [
    learned('sums', 'class sums', { rows: 4096, classes: 1000, features: 512 }, true),
    learned('sums', 'class sums', { rows: 1024, classes: 10, features: 64 }),
    learned('distances', 'class distances', { rows: 0, classes: 1000, features: 512 }, true),
    learned('distances', 'class distances', { rows: 0, classes: 101, features: 2048 }),
    learned('ranks', 'ranks of distances', { rows: 0, classes: 1000, features: 2 }),
    learned('self-guided', 'self-guided step', { rows: 256, classes: 101, features: 512 }, true),
  ],
};
