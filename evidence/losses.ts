import { ClassCentroids, energy, matrix, ordered } from 'squared-emd';
import { chain } from '../shared/chain.js';
import type { Samples } from '../shared/data.js';
import {
  brierCriterion,
  type Classes,
  type Criterion,
  emdCriterion,
  energyCriterion,
  permutedEnergyCriterion,
  regressionCriterion,
  scheduledCriterion,
  selfGuidedCriterion,
} from './criterion.js';

/** The weight of the EMD beside cross entropy; 'rule' if SelfGuidedEmd's rule finds it. */
export type Lambda = number | 'rule';

/** What a criterion may depend on besides lambda. */
export interface Setting extends Classes {
  /** The units of the layer in whose space the classes are compared. */
  features: number;
  /** Standardized. */
  train: Samples;
  /** The classes in random order. */
  wrongOrder: readonly number[];
}

/** A loss to compare. */
export interface Loss {
  id: string;
  title: string;
  /** Lambdas to choose from on validation samples. */
  grid: readonly Lambda[];
  create(setting: Setting, lambda: Lambda): Criterion;
}

const NO_CHOICE: readonly Lambda[] = [0];
const SMALL_GRID: readonly Lambda[] = [3, 10];

const learned = (
  id: string,
  title: string,
  grid: readonly Lambda[],
  costs: { exponent: number; offset: number },
): Loss => ({
  id,
  title,
  grid,
  create: (setting, lambda) =>
    selfGuidedCriterion(setting, {
      ...costs,
      features: setting.features,
      emdWeight: lambda === 'rule' ? undefined : lambda,
    }),
});

/** The first loss, with which the others are compared. */
const CROSS_ENTROPY: Loss = {
  id: 'ce',
  title: 'CE',
  grid: NO_CHOICE,
  create: (setting) => emdCriterion(setting, { crossEntropyWeight: 1, emdWeight: 0 }),
};
const BRIER: Loss = {
  id: 'brier',
  title: 'Brier score',
  grid: NO_CHOICE,
  create: (setting) => brierCriterion(setting),
};

const LEARNED: readonly Loss[] = [
  learned('xemd1', 'XEMD1: learned D, offset -0.5', ['rule', 3], { exponent: 1, offset: -0.5 }),
  learned('xemd2', 'XEMD2: learned D squared, offset -0.25', ['rule', 3], { exponent: 2, offset: -0.25 }),
  learned('learned', 'learned D, offset 0', ['rule', ...SMALL_GRID], { exponent: 1, offset: 0 }),
  learned('penalty', 'learned D, offset +0.5', ['rule', 3], { exponent: 1, offset: 0.5 }),
];

/** Lambda where it is not chosen. */
const ENERGY_LAMBDA = 3;
const ONE: readonly Lambda[] = [ENERGY_LAMBDA];

const learnedEnergy = (
  id: string,
  title: string,
  grid: readonly Lambda[],
  how: { primed?: boolean; options?: (setting: Setting) => object },
): Loss => ({
  id,
  title,
  grid,
  create: (setting, lambda) =>
    energyCriterion(
      setting,
      { features: setting.features, emdWeight: Number(lambda), ...how.options?.(setting) },
      { primed: how.primed ?? false },
    ),
});

const ENERGY: readonly Loss[] = [
  learnedEnergy('energy', 'CE + λ energy, learned D, primed', [1, ENERGY_LAMBDA, 10], { primed: true }),
  learnedEnergy('energy-late', 'CE + 3 energy, learned D, after epoch 0', ONE, {}),
  learnedEnergy('energy-ranks', 'CE + 3 energy, ranks of learned D, primed', ONE, {
    primed: true,
    options: () => ({ scale: 'rank' }),
  }),
  learnedEnergy('energy-prior', 'CE + 3 energy, learned D and class means of the inputs', ONE, {
    primed: true,
    options: (setting) => ({ prior: inputDistances(setting) }),
  }),
  learnedEnergy('energy-inputs', 'CE + 3 energy, class means of the inputs alone', ONE, {
    options: (setting) => ({ prior: inputDistances(setting), priorWeight: 1 }),
  }),
  {
    id: 'energy-equal',
    title: 'CE + 3 energy, all distances equal',
    grid: ONE,
    create: (setting, lambda) => fixedEnergy(setting, Number(lambda), () => setting.classes - 1),
  },
  {
    id: 'energy-permuted',
    title: 'CE + 3 energy, learned D, classes permuted',
    grid: ONE,
    create: (setting, lambda) =>
      permutedEnergyCriterion(setting, { features: setting.features, emdWeight: Number(lambda) }, setting.wrongOrder),
  },
];

const KNOWN_ENERGY: Loss = {
  id: 'energy-known',
  title: 'CE + 3 energy, |i - j|',
  grid: ONE,
  create: (setting, lambda) => fixedEnergy(setting, Number(lambda), (i, j) => Math.abs(i - j)),
};

function fixedEnergy(setting: Setting, emdWeight: number, distance: (i: number, j: number) => number): Criterion {
  const { classes } = setting;
  const distances = Float32Array.from({ length: classes ** 2 }, (_, at) => {
    const [i, j] = [Math.floor(at / classes), at % classes];
    return i === j ? 0 : distance(i, j);
  });
  return emdCriterion(setting, { crossEntropyWeight: 1, emdWeight, groundDistance: energy(distances) });
}

/** Distances between the class means of the inputs, which are known before any training. */
function inputDistances({ classes, train }: Setting): Float32Array {
  const means = new ClassCentroids({ classes, features: train.features, normalize: 'none' });
  means.accumulate(train.inputs, train.labels);
  means.update();
  return means.distances({ scale: 'none' });
}

/** A control: all classes are equally far from each other. */
const UNINFORMATIVE: Loss = {
  id: 'uninformative',
  title: 'uninformative D, offset 0',
  grid: SMALL_GRID,
  create: (setting, lambda) => scheduledCriterion(setting, matrix(constantDistances(setting.classes)), Number(lambda)),
};

export const ORDERED_LOSSES: readonly Loss[] = [
  CROSS_ENTROPY,
  BRIER,
  {
    id: 'regression',
    title: 'regression on the class index',
    grid: NO_CHOICE,
    create: (setting) => regressionCriterion(setting, setting.train.labels),
  },
  {
    id: 'emd',
    title: 'squared EMD',
    grid: NO_CHOICE,
    create: (setting) => emdCriterion(setting, { groundDistance: ordered() }),
  },
  {
    id: 'mix',
    title: 'CE + λ squared EMD',
    grid: [3, 10, 30],
    create: (setting, lambda) =>
      emdCriterion(setting, { crossEntropyWeight: 1, emdWeight: Number(lambda), groundDistance: ordered() }),
  },
  {
    id: 'permuted',
    title: 'CE + 10 squared EMD, order permuted',
    grid: [10],
    create: (setting, lambda) =>
      emdCriterion(setting, {
        crossEntropyWeight: 1,
        emdWeight: Number(lambda),
        groundDistance: chain(setting.wrongOrder),
      }),
  },
  ...LEARNED,
  {
    id: 'known',
    title: 'ranks of |i - j| as D, offset 0',
    grid: SMALL_GRID,
    create: (setting, lambda) => scheduledCriterion(setting, matrix(knownDistances(setting.classes)), Number(lambda)),
  },
  UNINFORMATIVE,
  ...ENERGY,
  KNOWN_ENERGY,
];

export const UNORDERED_LOSSES: readonly Loss[] = [
  CROSS_ENTROPY,
  BRIER,
  {
    id: 'emd',
    title: 'squared EMD, labels taken for an order',
    grid: NO_CHOICE,
    create: (setting) => emdCriterion(setting, { groundDistance: ordered() }),
  },
  {
    id: 'mix',
    title: 'CE + 10 squared EMD, labels taken for an order',
    grid: [10],
    create: (setting, lambda) =>
      emdCriterion(setting, { crossEntropyWeight: 1, emdWeight: Number(lambda), groundDistance: ordered() }),
  },
  ...LEARNED,
  UNINFORMATIVE,
  ...ENERGY,
];

export const lossesOf = ({ ordered }: Classes): readonly Loss[] => (ordered ? ORDERED_LOSSES : UNORDERED_LOSSES);

/** |i - j|, scaled like learned distances: classes as points on a line. */
export function knownDistances(classes: number): Float32Array {
  const line = new ClassCentroids({ classes, features: 1, normalize: 'none' });
  const places = Array.from({ length: classes }, (_, i) => i);
  line.accumulate(Float32Array.from(places), places);
  line.update();
  return line.distances();
}

/** The mean of ranks: of C - 1 other classes, C / 2 are as near or nearer. */
function constantDistances(classes: number): Float32Array {
  const mean = classes / (2 * (classes - 1));
  return Float32Array.from({ length: classes ** 2 }, (_, i) => (i % (classes + 1) === 0 ? 0 : mean));
}
