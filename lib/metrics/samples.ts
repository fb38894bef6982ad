// The samples that a metric looks at, and the weight of each.

import { copyNumbers, knownOptions, type Numbers, weight } from '../checks/arguments.js';
import { checkIgnoreIndex, checkLabels, invalidLabel, type Labels } from '../checks/labels.js';

/** A class index for each sample. */
export type ClassIndices = Labels | readonly number[];

/** Options of every metric. */
export interface MetricOptions {
  /** The weight of each sample, [samples]: finite, not negative. A sample of weight 0 is not looked at. Default: 1. */
  sampleWeights?: Numbers;
  /** Samples whose actual class is this one are not looked at. It may be any integer. Default: none are left out. */
  ignoreIndex?: number;
}

export const METRIC = { sampleWeights: true, ignoreIndex: true } as const satisfies Record<keyof MetricOptions, true>;

/** Calls `visit` for each of the samples 0 to `samples - 1` that counts. */
export function eachActual(
  actual: unknown,
  samples: number,
  classes: number,
  { sampleWeights, ignoreIndex }: MetricOptions,
  visit: (sample: number, actual: number, weight: number) => void,
): void {
  const labels = checkLabels('actual', actual, samples, classes);
  checkIgnoreIndex(ignoreIndex);
  const weights =
    sampleWeights === undefined
      ? undefined
      : copyNumbers('sampleWeights', sampleWeights, samples, samples, (name, value, i) => {
          weight(`${name}[${i}]`, value);
        });
  for (let i = 0; i < samples; i++) {
    const label = Number(labels[i]);
    const weighs = weights?.[i] ?? 1;
    if (weighs === 0 || label === ignoreIndex) continue;
    if (!(label >= 0 && label < classes)) throw invalidLabel(i, classes, label, 'actual');
    visit(i, label, weighs);
  }
}

/** Calls `visit` for each sample that counts. */
export function eachPair(
  predicted: unknown,
  actual: unknown,
  classes: number,
  options: MetricOptions,
  visit: (predicted: number, actual: number, weight: number) => void,
): void {
  knownOptions(options, METRIC);
  const { length } = Object(actual) as ArrayLike<unknown>;
  const truths = checkLabels('actual', actual, length, classes);
  const guesses = checkLabels('predicted', predicted, length, classes);
  eachActual(truths, length, classes, options, (i, label, weighs) => {
    const guess = Number(guesses[i]);
    if (!(guess >= 0 && guess < classes)) throw invalidLabel(i, classes, guess, 'predicted');
    visit(guess, label, weighs);
  });
}

/** Two sums for each class that has samples: there may be far more classes than samples. */
export type SumsByClass = Map<number, [number, number]>;

export function addTo(sums: SumsByClass, classIndex: number, first: number, second: number): void {
  const known = sums.get(classIndex);
  if (known === undefined) sums.set(classIndex, [first, second]);
  else {
    known[0] += first;
    known[1] += second;
  }
}
