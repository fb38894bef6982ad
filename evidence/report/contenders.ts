import { type Lambda, lossesOf } from '../losses.js';
import type { Problem } from '../problems.js';
import type { Contender, Pair } from './summary.js';

const CE: Contender = { loss: 'ce' };
const CE_MEDIAN: Contender = { loss: 'ce', decoding: 'median' };
const MIX: Contender = { loss: 'mix' };
const MIX_MEDIAN: Contender = { loss: 'mix', decoding: 'median' };

/** Of losses whose lambda may also come from the rule: for comparisons with losses that have no rule. */
const FIXED: readonly Lambda[] = [3, 10];
const LEARNED: Contender = { loss: 'learned', lambdas: FIXED };

/** What all others are compared with. */
export const REFERENCE = CE;

/** A comparison that a claim, or a doubt about one, rests on. */
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
];

const UNORDERED: readonly Comparison[] = [
  ...LEARNED_COMPARISONS,
  against('Brier score against CE', { loss: 'brier' }, CE),
  against('CE + 10 EMD, labels taken for an order, against CE', MIX, CE),
  against('squared EMD, labels taken for an order, against CE', { loss: 'emd' }, CE),
];

export const comparisonsOf = ({ ordered }: { ordered: boolean }): readonly Comparison[] =>
  ordered ? ORDERED : UNORDERED;

/** All of a problem, the reference first. */
export function contendersOf({ ordered, classes }: Problem): Contender[] {
  return lossesOf({ ordered, classes: classes.length }).flatMap(({ id }): Contender[] => {
    const medianToo = ordered && (id === 'ce' || id === 'mix');
    return medianToo ? [{ loss: id }, { loss: id, decoding: 'median' }] : [{ loss: id }];
  });
}

export function titleOf({ loss, decoding }: Contender, { ordered, classes }: Problem): string {
  const title = lossesOf({ ordered, classes: classes.length }).find(({ id }) => id === loss)?.title;
  return decoding === 'median' ? `${title}, by median` : `${title}`;
}
