import { performance } from 'node:perf_hooks';
import { environment } from '../bench/report/environment.js';
import { type Samples, type Split, selectRows, splitSamples } from '../shared/data.js';
import { Architecture, initialParameters, Network, type Sizes } from '../shared/network.js';
import { Random } from '../shared/random.js';
import { orderCorrelation } from '../shared/spearman.js';
import type { Criterion } from './criterion.js';
import { fingerprint } from './fingerprint.js';
import { type Lambda, lossesOf, type Setting } from './losses.js';
import { type Problem, problemOf, samplesOf } from './problems.js';
import type { Scores } from './scores.js';

const HIDDEN = 64;
const BATCH = 64;
const RATE = 3e-3;
/** Training ends after this many epochs without a new best one on validation samples. */
const PATIENCE = 25;
/** The size of the test set: at most so many rows, and at most this share of all. */
const TEST = { rows: 3000, share: 0.3 };
const VALIDATION = { rows: 600, share: 0.1 };
const TRAIN_SHARE = 0.6;

/** One split of a data set, on which networks are trained with every loss. */
export interface Task {
  problem: string;
  /** The number of training rows, or 60% of all rows if that is fewer. */
  trainRows: number;
  /** The largest number of epochs. */
  epochs: number;
  seed: number;
  /** Whether to keep learned distances. */
  keepDistances: boolean;
}

/** A network after an epoch. */
export interface Checkpoint {
  /** 1 is the first. */
  epoch: number;
  /** The number by which it is chosen, less is better: the RPS for ordered classes, else the Brier score. */
  validation: number;
  test: Scores;
}

/** The results of a network. */
export interface Run {
  loss: string;
  lambda: Lambda;
  /** The epoch that scores best on validation samples. */
  best: Checkpoint;
  /** The end of training. */
  last: Checkpoint;
  /** Lambda as found by the rule. */
  ruleLambda?: number;
  /** For ordered classes, Spearman's correlation of the learned distances with |i - j| after each epoch. */
  correlations?: number[];
  /** The learned distances after some epochs. */
  distances?: { epoch: number; values: number[] }[];
}

export interface TaskResult {
  task: Task;
  /** By which programs it was made, and when. */
  made: Made;
  rows: Record<keyof Split, number>;
  runs: Run[];
}

/** The origin of a result. */
export interface Made {
  /** That of the study's programs and the data, see {@link fingerprint}. */
  fingerprint: string;
  commit?: string;
  date: string;
  seconds: number;
}

const SHOWN_EPOCHS = [1, 5, 20];

export const trainingsOf = ({ problem }: Task): number =>
  lossesOf(sizesOf(problemOf(problem))).reduce((sum, { grid }) => sum + grid.length, 0);

/** The number of batches in a task, to which its time is proportional. */
export const stepsOf = (task: Task): number => trainingsOf(task) * task.epochs * Math.ceil(task.trainRows / BATCH);

const sizesOf = ({ classes, ordered }: Problem) => ({ classes: classes.length, ordered });

/** How `all` rows are divided. */
export function splitRows(all: number, trainRows: number): Record<keyof Split, number> {
  const most = ({ rows, share }: { rows: number; share: number }) => Math.min(rows, Math.floor(share * all));
  return {
    test: most(TEST),
    validation: most(VALIDATION),
    train: Math.min(trainRows, Math.floor(TRAIN_SHARE * all)),
  };
}

/**
 * Trains a network with each of the losses and each of their lambdas. Samples, initial weights and batches depend only on the
 * seed, so that the losses are compared on equal terms.
 */
export async function runTask(task: Task, onStep: (steps: number) => void): Promise<TaskResult> {
  const { commit, date } = environment();
  const began = performance.now();
  const problem = problemOf(task.problem);
  const all = samplesOf(problem);
  const rows = splitRows(all.rows, task.trainRows);
  const random = new Random(task.seed);
  const split = splitSamples(all, rows, random);
  const setting: Setting = {
    ...sizesOf(problem),
    features: HIDDEN,
    train: split.train,
    wrongOrder: random.permutation(problem.classes.length),
  };
  const starts = new Map<number, Start>();
  const runs: Run[] = [];
  for (const loss of lossesOf(setting)) {
    for (const lambda of loss.grid) {
      const criterion = loss.create(setting, lambda);
      const { outputs } = criterion;
      const start = starts.get(outputs) ?? (await startOf([split.train.features, HIDDEN, HIDDEN, outputs], task.seed));
      starts.set(outputs, start);
      const trained = await train(start, criterion, split, task, setting);
      runs.push({ loss: loss.id, lambda, ...trained });
      onStep(stepsOf(task) / trainingsOf(task));
    }
  }
  const seconds = (performance.now() - began) / 1000;
  return { task, made: { fingerprint: fingerprint(problem), commit, date, seconds }, rows, runs };
}

/** The beginning of training. */
interface Start {
  architecture: Architecture;
  parameters: Float32Array;
}

async function startOf(sizes: Sizes, seed: number): Promise<Start> {
  const random = new Random(seed);
  const parameters = initialParameters(sizes, (low, high) => random.uniform(low, high));
  return { architecture: await Architecture.create(sizes), parameters };
}

async function train(
  { architecture, parameters: first }: Start,
  criterion: Criterion,
  { train, validation, test }: Split,
  { seed, epochs, keepDistances }: Task,
  { classes, ordered }: Setting,
): Promise<Omit<Run, 'loss' | 'lambda'>> {
  const random = new Random(seed);
  const network = new Network(architecture, first, RATE);
  let best = { epoch: 0, validation: Number.POSITIVE_INFINITY, parameters: network.parameters };
  let last = best;
  const correlations: number[] = [];
  const distances: { epoch: number; values: number[] }[] = [];
  if (criterion.prime) criterion.prime((await network.forward(train.inputs)).features.slice(), train.labels);

  for (let epoch = 1; epoch <= epochs && epoch <= Math.max(best.epoch, criterion.firstEpoch) + PATIENCE; epoch++) {
    await trainEpoch(network, criterion, train, random);
    const outputs = await outputsOf(network, validation);
    last = { epoch, validation: criterion.validate(outputs, validation.labels), parameters: network.parameters };
    if (epoch >= criterion.firstEpoch && last.validation < best.validation) best = last;
    if (!criterion.distances) continue;
    if (ordered) correlations.push(orderCorrelation(criterion.distances, classes));
    if (keepDistances && SHOWN_EPOCHS.includes(epoch)) {
      distances.push({ epoch, values: Array.from(criterion.distances) });
    }
  }
  if (best.epoch === 0) throw new Error('no epoch has finite validation scores');
  if (keepDistances && criterion.distances) {
    distances.push({ epoch: last.epoch, values: Array.from(criterion.distances) });
  }
  const check = async ({ epoch, validation, parameters }: typeof last): Promise<Checkpoint> => {
    network.restore(parameters);
    return { epoch, validation, test: criterion.score(await outputsOf(network, test), test.labels) };
  };
  return {
    best: await check(best),
    last: await check(last),
    ...(criterion.lambda !== undefined && { ruleLambda: criterion.lambda }),
    ...(correlations.length > 0 && { correlations }),
    ...(distances.length > 0 && { distances }),
  };
}

async function trainEpoch(network: Network, criterion: Criterion, samples: Samples, random: Random): Promise<void> {
  const order = random.permutation(samples.rows);
  for (let start = 0; start < samples.rows; start += BATCH) {
    const { inputs, labels } = selectRows(samples, order.slice(start, start + BATCH));
    const { logits, features } = await network.forward(inputs);
    criterion.differentiate(logits, features, labels);
    await network.step(logits);
  }
  criterion.endEpoch();
}

async function outputsOf(network: Network, { inputs }: Samples): Promise<Float32Array> {
  return (await network.forward(inputs)).logits;
}
