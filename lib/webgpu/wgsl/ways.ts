// Which ways the rows of a problem take. A class index, from logits, has formulas of its own, which keep the digits of confident rows.
import type { KernelProblem } from './problem.js';

export interface Ways {
  /** Whether there are rows of one class from logits. */
  readonly one: boolean;
  /** Whether there are others. */
  readonly several: boolean;
  /** Statements for each: either, or a choice by the target of the row. Barriers must not be in them: threads could part there. */
  byRow(one: string, several: string): string;
}

export function waysOf({ logits, targetType }: Pick<KernelProblem, 'logits' | 'targetType'>): Ways {
  const one = logits;
  const several = !logits || targetType === 'distribution';
  return {
    one,
    several,
    byRow: (first, second) => {
      if (!several) return first;
      return one ? `if (aim.label != NONE) { ${first} } ${second}` : second;
    },
  };
}
