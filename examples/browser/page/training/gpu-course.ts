// The same training on the GPU: a model of TensorFlow.js whose loss runs on the tensors' own buffers. Within an epoch nothing is read back.
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { emdLoss, type SelfGuidedTraining, selfGuided } from 'squared-emd/tfjs';
import { type Samples, type Split, selectRows } from '../../../../shared/data.js';
import { Random } from '../../../../shared/random.js';
import { DECAY_MEAN, DECAY_SQUARE, EPSILON, RATE } from '../../../ames-prices/adam.js';
import { evaluate, type Metrics } from '../../../ames-prices/metrics.js';
import { Network } from '../../../ames-prices/network.js';
import type { LossId } from '../losses.js';
import { BATCH, CLASSES, HIDDEN, LAMBDA } from '../settings.js';
import type { Course, EpochResult } from './course.js';

export class GpuCourse implements Course {
  private readonly random: Random;
  private readonly model: layers.Sequential;
  private readonly guided: SelfGuidedTraining | undefined;
  private readonly train: Samples;
  private readonly test: Samples;
  private readonly testInputs: tf.Tensor2D;

  private constructor({ train, test }: Split, loss: LossId, seed: number) {
    this.train = train;
    this.test = test;
    this.testInputs = inputsOf(test);
    this.random = new Random(seed);
    this.model = modelOf(train.features, this.random);
    if (loss === 'learned')
      this.guided = selfGuided(this.model, { featureLayer: this.model.layers[1], fromLogits: true });
    this.model.compile({
      optimizer: tf.train.adam(RATE, DECAY_MEAN, DECAY_SQUARE, EPSILON),
      loss:
        this.guided?.loss ??
        emdLoss({ fromLogits: true, crossEntropyWeight: 1, emdWeight: loss === 'ce' ? 0 : LAMBDA }),
    });
  }

  static async begin(split: Split, loss: LossId, seed: number): Promise<GpuCourse> {
    const course = new GpuCourse(split, loss, seed);
    const { guided, train } = course;
    if (guided) await withTensors(train, (x, y) => guided.prime(x, y, { batchSize: BATCH }));
    return course;
  }

  get distances(): Float32Array | undefined {
    return this.guided?.guided.distances ?? undefined;
  }

  async epoch(): Promise<EpochResult> {
    const { train, model, guided } = this;
    // The order is that of the CPU: nothing is left to shuffle.
    const settings = {
      batchSize: BATCH,
      shuffle: false,
      verbose: 0,
      yieldEvery: 'never',
      callbacks: guided?.callback,
    } as const;
    const { history } = await withTensors(selectRows(train, this.random.permutation(train.rows)), (x, y) =>
      model.fit(x, y, settings),
    );
    return { loss: history.loss[0] as number, scores: await this.scores(), distances: this.distances };
  }

  private async scores(): Promise<Metrics> {
    const { model, test, testInputs } = this;
    const predicted = model.predict(testInputs, { batchSize: test.rows }) as tf.Tensor2D;
    const logits = (await predicted.data()) as Float32Array;
    predicted.dispose();
    return evaluate({ batch: test.rows, forward: () => logits }, test).median;
  }
}

/** With the first weights of the network that is trained on the CPU. */
function modelOf(features: number, random: Random): layers.Sequential {
  const { parameters } = new Network([features, HIDDEN, HIDDEN, CLASSES], 1, random);
  const relu = { units: HIDDEN, activation: 'relu', kernelInitializer: 'zeros' } as const;
  const model = layers.sequential({
    layers: [
      layers.layers.dense({ ...relu, inputShape: [features] }),
      layers.layers.dense(relu),
      layers.layers.dense({ units: CLASSES, kernelInitializer: 'zeros' }),
    ],
  });
  let offset = 0;
  const weights = model.getWeights().map(({ shape, size }) => {
    offset += size;
    return tf.tensor(parameters.subarray(offset - size, offset), shape);
  });
  model.setWeights(weights);
  tf.dispose(weights);
  return model;
}

const inputsOf = ({ rows, features, inputs }: Samples) => tf.tensor2d(inputs, [rows, features]);

/** Calls `use` with inputs and one-hot labels, which model.fit wants. */
async function withTensors<T>(samples: Samples, use: (x: tf.Tensor2D, y: tf.Tensor) => Promise<T>): Promise<T> {
  const x = inputsOf(samples);
  const y = tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(samples.labels, 'int32'), CLASSES), 'float32'));
  try {
    return await use(x, y);
  } finally {
    tf.dispose([x, y]);
  }
}
