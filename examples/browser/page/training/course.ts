// A network and its loss, trained epoch by epoch: on the CPU, by this package alone.
import { type Samples, type Split, selectRows } from '../../../../shared/data.js';
import { Random } from '../../../../shared/random.js';
import { Adam } from '../../../ames-prices/adam.js';
import { evaluate, type Metrics } from '../../../ames-prices/metrics.js';
import { Network } from '../../../ames-prices/network.js';
import type { LossId } from '../losses.js';
import { BATCH, CLASSES, HIDDEN } from '../settings.js';
import { type Criterion, criterionOf } from './criterion.js';

export interface EpochResult {
  /** The mean over the training samples, each with the weights of its step. */
  loss: number;
  /** On the held-out samples, decided by the median. */
  scores: Metrics;
  /** Of the loss that learns them. */
  distances?: Float32Array;
}

/** First weights and batches depend on the seed alone. */
export interface Course {
  /** The learned distances in use, if there are any. */
  readonly distances: Float32Array | undefined;
  epoch(): EpochResult | Promise<EpochResult>;
}

export class CpuCourse implements Course {
  private readonly random: Random;
  private readonly network: Network;
  private readonly optimizer: Adam;
  private readonly criterion: Criterion;
  private readonly train: Samples;
  private readonly test: Samples;

  constructor({ train, test }: Split, loss: LossId, seed: number) {
    this.train = train;
    this.test = test;
    this.random = new Random(seed);
    this.network = new Network([train.features, HIDDEN, HIDDEN, CLASSES], BATCH, this.random);
    this.optimizer = new Adam(this.network.parameters);
    this.criterion = criterionOf(loss, this.network, train);
  }

  get distances(): Float32Array | undefined {
    return this.criterion.distances?.();
  }

  epoch(): EpochResult {
    const { train, test, network, criterion, optimizer } = this;
    const order = this.random.permutation(train.rows);
    let loss = 0;
    for (let start = 0; start < train.rows; start += BATCH) {
      const batch = selectRows(train, order.slice(start, start + BATCH));
      const logits = network.forward(batch.inputs, batch.rows);
      loss += (batch.rows / train.rows) * criterion.differentiate(logits, network.features, batch.labels);
      network.backward(logits);
      optimizer.step(network.gradient);
    }
    criterion.endEpoch?.();
    return { loss, scores: evaluate(network, test).median, distances: this.distances };
  }
}
