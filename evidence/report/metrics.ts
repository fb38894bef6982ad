import type { DecisionScores, ProbabilityScores, Scores } from '../scores.js';

/** How classes are decided on: the most probable one, or the median of the predicted distribution. */
export type Decoding = 'argmax' | 'median';

/** A score, and how it is shown. */
export interface Metric {
  title: string;
  scale: number;
  digits: number;
  higherIsBetter: boolean;
  /** Undefined if a network has no such score. */
  read(scores: Scores, decoding: Decoding): number | undefined;
}

const decision = (key: keyof DecisionScores) => (scores: Scores, decoding: Decoding) => scores[decoding]?.[key];
const probability = (key: keyof ProbabilityScores) => (scores: Scores) => scores.probabilities?.[key];

export const ACCURACY: Metric = {
  title: 'accuracy, %',
  scale: 100,
  digits: 1,
  higherIsBetter: true,
  read: decision('accuracy'),
};
export const WITHIN_ONE: Metric = {
  title: 'within one, %',
  scale: 100,
  digits: 1,
  higherIsBetter: true,
  read: decision('withinOne'),
};
export const ABSOLUTE_ERROR: Metric = {
  title: 'MAE',
  scale: 1,
  digits: 3,
  higherIsBetter: false,
  read: decision('absoluteError'),
};
export const RPS: Metric = {
  title: 'RPS',
  scale: 1,
  digits: 3,
  higherIsBetter: false,
  read: probability('rps'),
};
export const KAPPA: Metric = {
  title: 'QWK',
  scale: 1,
  digits: 3,
  higherIsBetter: true,
  read: decision('kappa'),
};
export const BRIER: Metric = {
  title: 'Brier score',
  scale: 1,
  digits: 3,
  higherIsBetter: false,
  read: probability('brier'),
};
export const LOG_LOSS: Metric = {
  title: 'log loss',
  scale: 1,
  digits: 3,
  higherIsBetter: false,
  read: probability('logLoss'),
};

/** The metrics for classes with and without an order. */
export const metricsOf = ({ ordered }: { ordered: boolean }): readonly Metric[] =>
  ordered ? [ACCURACY, WITHIN_ONE, ABSOLUTE_ERROR, RPS, KAPPA] : [ACCURACY, BRIER, LOG_LOSS];
