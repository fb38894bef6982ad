import type { Samples } from '../../shared/data.js';
import type { Network } from './network.js';

/** The numbers that are reported, means over samples. */
export interface Metrics {
  accuracy: number;
  withinOne: number;
  absoluteError: number;
  rankedProbability: number;
}

/** Metrics for two ways to decide on a class: the most probable one, or the median of the predicted distribution. */
export interface Scores {
  argmax: Metrics;
  median: Metrics;
}

/** A metric, and how it is shown. */
export interface Metric {
  key: keyof Metrics;
  title: string;
  scale: number;
  digits: number;
  higherIsBetter: boolean;
}

export const METRICS: readonly Metric[] = [
  { key: 'accuracy', title: 'accuracy, %', scale: 100, digits: 1, higherIsBetter: true },
  { key: 'withinOne', title: 'within one, %', scale: 100, digits: 1, higherIsBetter: true },
  { key: 'absoluteError', title: 'absolute error', scale: 1, digits: 3, higherIsBetter: false },
  { key: 'rankedProbability', title: 'RPS', scale: 1, digits: 3, higherIsBetter: false },
];

/** Measures a network on samples. Nothing here comes from the package, which must not mark its own homework. */
export function evaluate(
  network: Pick<Network, 'batch' | 'forward'>,
  { rows, features, inputs, labels }: Samples,
): Scores {
  const argmax = { accuracy: 0, withinOne: 0, absoluteError: 0, rankedProbability: 0 };
  const median = { ...argmax };
  for (let start = 0; start < rows; start += network.batch) {
    const end = Math.min(start + network.batch, rows);
    const logits = network.forward(inputs.subarray(start * features, end * features), end - start);
    const classes = logits.length / (end - start);
    for (let row = start; row < end; row++) {
      const probabilities = logits.subarray((row - start) * classes, (row - start + 1) * classes);
      softmax(probabilities);
      const label = labels[row];
      const score = rankedProbabilityScore(probabilities, label) / rows;
      add(argmax, Math.abs(mostProbable(probabilities) - label), score, rows);
      add(median, Math.abs(middle(probabilities) - label), score, rows);
    }
  }
  return { argmax, median };
}

function add(metrics: Metrics, error: number, score: number, rows: number): void {
  if (error === 0) metrics.accuracy += 1 / rows;
  if (error <= 1) metrics.withinOne += 1 / rows;
  metrics.absoluteError += error / rows;
  metrics.rankedProbability += score;
}

function softmax(row: Float32Array): void {
  const highest = row[mostProbable(row)];
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += Math.exp(row[i] - highest);
  for (let i = 0; i < row.length; i++) row[i] = Math.exp(row[i] - highest) / sum;
}

function mostProbable(row: Float32Array): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) if (row[i] > row[best]) best = i;
  return best;
}

/** The median: of all classes, the one with the least expected absolute error. */
function middle(probabilities: Float32Array): number {
  let i = 0;
  for (let below = probabilities[0]; below < 0.5 && i < probabilities.length - 1; below += probabilities[i]) i++;
  return i;
}

/** The sum over classes of the squared difference between the predicted and the actual cumulative distribution. */
function rankedProbabilityScore(probabilities: Float32Array, label: number): number {
  let score = 0;
  let cumulative = 0;
  for (let i = 0; i < probabilities.length; i++) {
    cumulative += probabilities[i];
    score += (cumulative - (i < label ? 0 : 1)) ** 2;
  }
  return score;
}
