import {
  ClassCentroids,
  EmdLoss,
  type EmdOptions,
  energy,
  type GroundDistance,
  SelfGuidedEmd,
  type SelfGuidedOptions,
} from 'squared-emd';
import { type Scores, scoreDecisions, scoreDistributions, scoreProbabilities, softmaxRows } from './scores.js';

/** What a network is trained with, and how its outputs are read. */
export interface Criterion {
  /**
   * The first epoch after which the network counts as trained with this loss: 1, or later if it begins with cross entropy alone.
   */
  firstEpoch: number;
  /** The number of the network's outputs per sample. */
  outputs: number;
  /** Shows the loss the untrained network's features of all training samples. */
  prime?(features: Float32Array, labels: Int32Array): void;
  /** Replaces the outputs of a batch by the loss's gradient with respect to them. */
  differentiate(outputs: Float32Array, features: Float32Array, labels: Int32Array): void;
  endEpoch(): void;
  /** The network's scores on samples. The outputs are overwritten. */
  score(outputs: Float32Array, labels: Int32Array): Scores;
  /** The number by which early stopping and lambda are decided: less is better. The outputs are overwritten. */
  validate(outputs: Float32Array, labels: Int32Array): number;
  /** The distances learned in the last epoch, [classes, classes]. */
  readonly distances?: Float32Array | null;
  /** Lambda in the last epoch. */
  readonly lambda?: number;
}

/** The classes of a problem. */
export interface Classes {
  classes: number;
  ordered: boolean;
}

/** The epoch in which the EMD joins the cross entropy in the paper's schedule: the default of SelfGuidedEmd. */
const START_EPOCH = 4;

const ONE_THREAD = { threads: 1 }; // the other processors have their own tasks

function distributionCriterion({ classes, ordered }: Classes) {
  return {
    firstEpoch: 1,
    outputs: classes,
    score: (logits: Float32Array, labels: Int32Array) =>
      scoreDistributions(softmaxRows(logits, classes), labels, classes),
    validate: (logits: Float32Array, labels: Int32Array) =>
      scoreProbabilities(softmaxRows(logits, classes), labels, classes)[ordered ? 'rps' : 'brier'],
    endEpoch: () => {},
  };
}

/** A loss of the package. */
export function emdCriterion(problem: Classes, options: Omit<EmdOptions, 'classes'>): Criterion {
  const loss = new EmdLoss({ ...options, ...ONE_THREAD, classes: problem.classes });
  return {
    ...distributionCriterion(problem),
    differentiate: (logits, _, labels) => void loss.evaluate(logits, labels, { gradient: logits }),
  };
}

/** First cross entropy, then also the EMD over a fixed matrix: {@link selfGuidedCriterion} without learning. */
export function scheduledCriterion(problem: Classes, groundDistance: GroundDistance, emdWeight: number): Criterion {
  const common = { ...ONE_THREAD, classes: problem.classes, groundDistance, crossEntropyWeight: 1 };
  const crossEntropy = new EmdLoss({ ...common, emdWeight: 0 });
  const both = new EmdLoss({ ...common, emdWeight });
  let epoch = 0;
  return {
    ...distributionCriterion(problem),
    firstEpoch: START_EPOCH + 1,
    differentiate: (logits, _, labels) => {
      const loss = epoch < START_EPOCH ? crossEntropy : both;
      loss.evaluate(logits, labels, { gradient: logits });
    },
    endEpoch: () => void epoch++,
  };
}

/** The energy distance over distances from the network's features; if primed, from the first step on. */
export function energyCriterion(
  problem: Classes,
  options: Omit<SelfGuidedOptions<'cpu'>, 'classes'>,
  { primed }: { primed: boolean },
): Criterion {
  const loss = new SelfGuidedEmd({ ...options, ...ONE_THREAD, preset: 'energy', classes: problem.classes });
  return {
    ...distributionCriterion(problem),
    // Without distances there is only cross entropy in the first epoch.
    firstEpoch: primed || options.prior ? 1 : 2,
    ...(primed && {
      prime: (features: Float32Array, labels: Int32Array) => {
        loss.observe(features, labels);
        loss.refresh();
      },
    }),
    differentiate: (logits, features, labels) => void loss.evaluate(logits, features, labels, { gradient: logits }),
    endEpoch: () => loss.endEpoch(),
    get distances() {
      return loss.distances;
    },
  };
}

/** A control: like {@link energyCriterion}, but with the learned distances assigned to the wrong classes. */
export function permutedEnergyCriterion(
  problem: Classes,
  { features, emdWeight }: { features: number; emdWeight: number },
  places: readonly number[],
): Criterion {
  const { classes } = problem;
  const centroids = new ClassCentroids({ classes, features });
  const common = { ...ONE_THREAD, classes, crossEntropyWeight: 1 };
  let loss = new EmdLoss({ ...common, emdWeight: 0 });
  const refresh = () => {
    centroids.update();
    const learned = centroids.distances({ scale: 'max' });
    const elsewhere = learned.map(
      (_, at) => (classes - 1) * learned[places[Math.floor(at / classes)] * classes + places[at % classes]],
    );
    loss = new EmdLoss({ ...common, emdWeight, groundDistance: energy(elsewhere, { indefinite: true }) });
  };
  return {
    ...distributionCriterion(problem),
    prime: (layer, labels) => {
      centroids.accumulate(layer, labels);
      refresh();
    },
    differentiate: (logits, layer, labels) => {
      loss.evaluate(logits, labels, { gradient: logits });
      centroids.accumulate(layer, labels);
    },
    endEpoch: refresh,
  };
}

/** Distances from the network's features, by the paper's schedule. */
export function selfGuidedCriterion(problem: Classes, options: Omit<SelfGuidedOptions<'cpu'>, 'classes'>): Criterion {
  const loss = new SelfGuidedEmd({
    preset: 'matrix',
    ...options,
    ...ONE_THREAD,
    startEpoch: START_EPOCH,
    classes: problem.classes,
  });
  return {
    ...distributionCriterion(problem),
    firstEpoch: START_EPOCH + 1,
    differentiate: (logits, features, labels) => void loss.evaluate(logits, features, labels, { gradient: logits }),
    endEpoch: () => loss.endEpoch(),
    get distances() {
      return loss.distances;
    },
    get lambda() {
      return loss.emdWeight;
    },
  };
}

/** `sum_i (p_i - t_i)^2`, the Brier score: squared like the EMD, but without any class being near or far. */
export function brierCriterion(problem: Classes): Criterion {
  const { classes } = problem;
  return {
    ...distributionCriterion(problem),
    differentiate: (logits, _, labels) => {
      const p = softmaxRows(logits, classes);
      labels.forEach((label, row) => {
        const start = row * classes;
        p[start + label] -= 1; // now p - t
        let mean = 0;
        for (let i = 0; i < classes; i++) mean += p[start + i] * (p[start + i] + (i === label ? 1 : 0));
        for (let i = 0; i < classes; i++) {
          const probability = p[start + i] + (i === label ? 1 : 0);
          p[start + i] = (2 * probability * (p[start + i] - mean)) / labels.length;
        }
      });
    },
  };
}

/** Least squares on the class index, standardized with the training labels; the decision is the nearest class. */
export function regressionCriterion({ classes }: Classes, trainLabels: Int32Array): Criterion {
  const mean = trainLabels.reduce((a, b) => a + b, 0) / trainLabels.length;
  const variance = trainLabels.reduce((sum, label) => sum + (label - mean) ** 2, 0) / trainLabels.length;
  const deviation = Math.sqrt(variance) || 1;
  const place = (output: number) => mean + deviation * output;
  return {
    firstEpoch: 1,
    outputs: 1,
    differentiate: (outputs, _, labels) =>
      labels.forEach((label, row) => {
        outputs[row] = (2 * (outputs[row] - (label - mean) / deviation)) / labels.length;
      }),
    endEpoch: () => {},
    score: (outputs, labels) => {
      const nearest = Int32Array.from(outputs, (output) =>
        Math.min(classes - 1, Math.max(0, Math.round(place(output)))),
      );
      return { argmax: scoreDecisions(nearest, labels, classes) };
    },
    validate: (outputs, labels) =>
      labels.reduce((sum, label, row) => sum + Math.abs(place(outputs[row]) - label), 0) / labels.length,
  };
}
