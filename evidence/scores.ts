import {
  accuracy,
  accuracyWithin,
  type ClassIndices,
  decode,
  meanAbsoluteError,
  quadraticWeightedKappa,
  rankedProbabilityScore,
} from 'squared-emd/metrics';

/** How good decisions are. */
export interface DecisionScores {
  accuracy: number;
  withinOne: number;
  absoluteError: number;
  kappa: number;
}

/** How good probabilities are; less is better. */
export interface ProbabilityScores {
  rps: number;
  brier: number;
  logLoss: number;
}

/** The scores of a network. A regression has only decisions, under `argmax`. */
export interface Scores {
  argmax: DecisionScores;
  median?: DecisionScores;
  probabilities?: ProbabilityScores;
}

export function scoreDecisions(predicted: ClassIndices, actual: Int32Array, classes: number): DecisionScores {
  return {
    accuracy: accuracy(predicted, actual),
    withinOne: accuracyWithin(predicted, actual, 1),
    absoluteError: meanAbsoluteError(predicted, actual),
    kappa: quadraticWeightedKappa(predicted, actual, classes),
  };
}

/** @param probabilities [rows, classes] */
export function scoreProbabilities(
  probabilities: Float32Array,
  actual: Int32Array,
  classes: number,
): ProbabilityScores {
  return {
    rps: rankedProbabilityScore(probabilities, actual, { classes }),
    brier: brierScore(probabilities, actual, classes),
    logLoss: logLoss(probabilities, actual, classes),
  };
}

export function scoreDistributions(probabilities: Float32Array, actual: Int32Array, classes: number): Scores {
  const decisions = (rule: 'argmax' | 'median') =>
    scoreDecisions(decode(probabilities, { classes, rule }), actual, classes);
  return {
    argmax: decisions('argmax'),
    median: decisions('median'),
    probabilities: scoreProbabilities(probabilities, actual, classes),
  };
}

/** Replaces logits by probabilities, row by row. */
export function softmaxRows(logits: Float32Array, classes: number): Float32Array {
  for (let start = 0; start < logits.length; start += classes) {
    const row = logits.subarray(start, start + classes);
    let highest = row[0];
    for (let i = 1; i < classes; i++) highest = Math.max(highest, row[i]);
    let sum = 0;
    for (let i = 0; i < classes; i++) sum += Math.exp(row[i] - highest);
    for (let i = 0; i < classes; i++) row[i] = Math.exp(row[i] - highest) / sum;
  }
  return logits;
}

/** The mean over samples of `sum_i (p_i - t_i)^2`. */
function brierScore(probabilities: Float32Array, actual: Int32Array, classes: number): number {
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++) sum += probabilities[i] ** 2;
  actual.forEach((label, row) => {
    sum += 1 - 2 * probabilities[row * classes + label];
  });
  return sum / actual.length;
}

/** The mean over samples of `-log p` of the label, where p is at least the smallest float32 number. */
function logLoss(probabilities: Float32Array, actual: Int32Array, classes: number): number {
  const smallest = 2 ** -149;
  const sum = actual.reduce(
    (total, label, row) => total - Math.log(Math.max(probabilities[row * classes + label], smallest)),
    0,
  );
  return sum / actual.length;
}
