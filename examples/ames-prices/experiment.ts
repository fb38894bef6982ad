import { EmdLoss, type EmdOptions, type GroundDistance, ordered } from 'squared-emd';
import { chain } from '../../shared/chain.js';
import { type Samples, type Split, selectRows, splitSamples } from '../../shared/data.js';
import { Random } from '../../shared/random.js';
import { Adam } from './adam.js';
import { evaluate, type Scores } from './metrics.js';
import { Network } from './network.js';

const CLASSES = 20;
const HIDDEN = 64;
const BATCH = 64;

/** The test set's share of all rows. */
const TEST_SHARE = 0.3;
const VALIDATION_SHARE = 0.1;
/** The largest share of all rows that can be used for training. */
export const MAX_TRAIN_SHARE = 0.6;

/**
 * The weight of squared EMD beside cross-entropy: fixed beforehand, in the middle of the range that worked in an earlier
 * study, and never tuned on test samples.
 */
export const LAMBDA = 20;

/** A loss to compare: its name and its options. */
export interface LossSetting {
  name: string;
  options(order: Orders): Omit<EmdOptions, 'classes'>;
}

interface Orders {
  right: GroundDistance;
  wrong: GroundDistance;
}

/**
 * The others are compared with the first. The last is the control: if its result were as good, the gain would not come from
 * the order.
 */
export const LOSSES: readonly LossSetting[] = [
  { name: 'CE', options: () => ({ crossEntropyWeight: 1, emdWeight: 0 }) },
  { name: 'EMD', options: ({ right }) => ({ groundDistance: right }) },
  {
    name: `CE + ${LAMBDA} EMD`,
    options: ({ right }) => ({ crossEntropyWeight: 1, emdWeight: LAMBDA, groundDistance: right }),
  },
  {
    name: `CE + ${LAMBDA} EMD, wrong order`,
    options: ({ wrong }) => ({ crossEntropyWeight: 1, emdWeight: LAMBDA, groundDistance: wrong }),
  },
];

/** One split of the samples, on which a network is trained with every loss. */
export interface Task {
  trainShare: number;
  seed: number;
  epochs: number;
}

/** The scores of a network after an epoch. */
export interface Epoch {
  validation: Scores;
  test: Scores;
}

/** The learning curves of a task, one per loss. */
export interface TaskResult {
  task: Task;
  trainRows: number;
  testRows: number;
  curves: Epoch[][];
}

/**
 * Trains a network with each of the losses. Samples, initial weights and batches depend only on the seed, so that the losses
 * are compared on equal terms.
 */
export function runTask(all: Samples, task: Task, onEpoch: () => void): TaskResult {
  const random = new Random(task.seed);
  const rows = (share: number) => Math.round(share * all.rows);
  const split = splitSamples(
    all,
    { test: rows(TEST_SHARE), validation: rows(VALIDATION_SHARE), train: rows(task.trainShare) },
    random,
  );
  const orders = { right: ordered(), wrong: chain(random.permutation(CLASSES)) };
  const curves = LOSSES.map(({ options }) => train(split, { classes: CLASSES, ...options(orders) }, task, onEpoch));
  return { task, trainRows: split.train.rows, testRows: split.test.rows, curves };
}

function train(split: Split, options: EmdOptions, { seed, epochs }: Task, onEpoch: () => void): Epoch[] {
  const { rows, features } = split.train;
  const random = new Random(seed);
  const network = new Network([features, HIDDEN, HIDDEN, CLASSES], BATCH, random);
  const optimizer = new Adam(network.parameters);
  const criterion = new EmdLoss({ ...options, threads: 1 }); // other processors are busy with other seeds

  const curve: Epoch[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = random.permutation(rows);
    for (let start = 0; start < rows; start += BATCH) {
      const batch = selectRows(split.train, order.slice(start, start + BATCH));
      const logits = network.forward(batch.inputs, batch.rows);
      criterion.evaluate(logits, batch.labels, { gradient: logits }); // in place: the gradient overwrites the logits
      network.backward(logits);
      optimizer.step(network.gradient);
    }
    curve.push({ validation: evaluate(network, split.validation), test: evaluate(network, split.test) });
    onEpoch();
  }
  return curve;
}
