import { type Lambda, lossesOf } from '../losses.js';
import type { Problem } from '../problems.js';
import type { Contender, Pair } from './summary.js';

const CE: Contender = { loss: 'ce' };
const CE_MEDIAN: Contender = { loss: 'ce', decoding: 'median' };
const MIX: Contender = { loss: 'mix' };
const MIX_MEDIAN: Contender = { loss: 'mix', decoding: 'median' };

/** Fixed lambdas, for comparing losses whose lambda may come from the rule with losses that have no rule. */
const FIXED: readonly Lambda[] = [3, 10];
const LEARNED: Contender = { loss: 'learned', lambdas: FIXED };

/** Lambda of the learned distances that are shown. */
export const SHOWN_LAMBDA = 3;
/** The energy distance with learned distances, with nothing chosen: the package's default. */
const ENERGY: Contender = { loss: 'energy', lambdas: [SHOWN_LAMBDA] };
const ENERGY_MEDIAN: Contender = { ...ENERGY, decoding: 'median' };
const MIX_3: Contender = { loss: 'mix', lambdas: [3] };
/** The known order, with a weight that was found on other splits. */
export const KNOWN_ORDER: Contender = { loss: 'mix', lambdas: [10] };
export const LEARNED_ENERGIES: readonly Contender[] = [
  ENERGY,
  { loss: 'energy-late' },
  { loss: 'energy-ranks' },
  { loss: 'energy-prior' },
  { loss: 'energy-inputs' },
];

/** The reference with which all others are compared. */
export const REFERENCE = CE;

/** A comparison on which a claim, or a doubt about one, rests. */
export interface Comparison {
  title: string;
  pair: Pair;
}

const against = (title: string, a: Contender, b: Contender): Comparison => ({ title, pair: [a, b] });

const LEARNED_COMPARISONS: readonly Comparison[] = [
  against('learned D, offset 0, against CE', { loss: 'learned' }, CE),
  against('learned D, offset 0, λ by the rule, against CE', { loss: 'learned', lambdas: ['rule'] }, CE),
  against('XEMD1 (offset -0.5) against CE', { loss: 'xemd1' }, CE),
  against('XEMD2 (offset -0.25) against CE', { loss: 'xemd2' }, CE),
  against('learned D, offset +0.5, against CE', { loss: 'penalty' }, CE),
  against('learned D against uninformative D, λ 3 or 10', LEARNED, { loss: 'uninformative' }),
];

const ENERGY_COMPARISONS: readonly Comparison[] = [
  against('energy, learned D, λ 3, nothing chosen, against CE', ENERGY, CE),
  against('energy, learned D, λ chosen, against CE', { loss: 'energy' }, CE),
  against('energy, learned D, after epoch 0, against CE', { loss: 'energy-late' }, CE),
  against('energy, ranks of learned D, against CE', { loss: 'energy-ranks' }, CE),
  against('energy, learned D and class means of the inputs, against CE', { loss: 'energy-prior' }, CE),
  against('energy, class means of the inputs alone, against CE', { loss: 'energy-inputs' }, CE),
  against('energy, all distances equal, against CE', { loss: 'energy-equal' }, CE),
  against('energy, learned D with classes permuted, against CE', { loss: 'energy-permuted' }, CE),
  against('energy, learned D, against all distances equal', ENERGY, { loss: 'energy-equal' }),
  against('energy, learned D, λ 3, against learned D in the paper’s form, offset 0', ENERGY, { loss: 'learned' }),
];

const ORDERED: readonly Comparison[] = [
  against('CE + λ EMD against CE', MIX, CE),
  against('CE + 10 EMD, nothing chosen, against CE', { loss: 'mix', lambdas: [10] }, CE),
  against('CE + λ EMD against CE, both by median', MIX_MEDIAN, CE_MEDIAN),
  against('CE + 10 EMD, nothing chosen, against CE, both by median', { ...MIX_MEDIAN, lambdas: [10] }, CE_MEDIAN),
  against('CE + λ EMD against CE by median', MIX, CE_MEDIAN),
  against('CE + λ EMD against the Brier score, both by median', MIX_MEDIAN, { loss: 'brier', decoding: 'median' }),
  against('CE + 10 EMD, order permuted, against CE', { loss: 'permuted' }, CE),
  against('squared EMD against CE', { loss: 'emd' }, CE),
  against('regression against CE by median', { loss: 'regression' }, CE_MEDIAN),
  ...LEARNED_COMPARISONS,
  against('learned D against ranks of |i - j|, λ 3 or 10', LEARNED, { loss: 'known' }),
  ...ENERGY_COMPARISONS,
  against('energy, learned D, λ 3, against CE, both by median', ENERGY_MEDIAN, CE_MEDIAN),
  against('energy, |i - j|, λ 3, against CE', { loss: 'energy-known' }, CE),
  against('energy, learned D, against |i - j|, both λ 3', ENERGY, { loss: 'energy-known' }),
  against('energy, learned D, λ 3, against CE + 10 EMD', ENERGY, KNOWN_ORDER),
  against('CE + 3 EMD against CE', MIX_3, CE),
];

const UNORDERED: readonly Comparison[] = [
  ...LEARNED_COMPARISONS,
  ...ENERGY_COMPARISONS,
  against('Brier score against CE', { loss: 'brier' }, CE),
  against('CE + 10 EMD, labels taken for an order, against CE', MIX, CE),
  against('squared EMD, labels taken for an order, against CE', { loss: 'emd' }, CE),
];

export const comparisonsOf = ({ ordered }: { ordered: boolean }): readonly Comparison[] =>
  ordered ? ORDERED : UNORDERED;

/** All contenders on a problem, the reference first. */
export function contendersOf({ ordered, classes }: Problem): Contender[] {
  return lossesOf({ ordered, classes: classes.length }).flatMap(({ id }): Contender[] => {
    const medianToo = ordered && ['ce', 'mix', 'energy'].includes(id);
    return medianToo ? [{ loss: id }, { loss: id, decoding: 'median' }] : [{ loss: id }];
  });
}

export function titleOf({ loss, decoding, lambdas }: Contender, { ordered, classes }: Problem): string {
  const title = lossesOf({ ordered, classes: classes.length }).find(({ id }) => id === loss)?.title ?? loss;
  const fixed = lambdas?.length === 1 ? title.replace('λ', `${lambdas[0]}`) : title;
  return decoding === 'median' ? `${fixed}, by median` : fixed;
}
