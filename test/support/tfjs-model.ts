// A small tfjs model on a given backend, and samples for it.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as layers from '@tensorflow/tfjs-layers';
import * as assert from 'uvu/assert';
import { Random } from '../../shared/oracle/random.js';
import { seed } from './scale.js';

export const BACKENDS = ['cpu', 'wasm'] as const;
export const CLASSES = 5;

export async function useBackend(name: (typeof BACKENDS)[number]): Promise<void> {
  assert.ok(await tf.setBackend(name), name);
  assert.is(tf.getBackend(), name);
}

export const oneHotOf = (labels: Int32Array) =>
  tf.tidy(() => tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), CLASSES), 'float32'));

export function samples(rows: number, features: number) {
  const random = new Random(seed);
  const x = random.floats(rows * features, () => random.normal());
  const labels = Int32Array.from({ length: rows }, (_, row) => {
    const score = x[row * features] + 0.3 * random.normal();
    return Math.min(CLASSES - 1, Math.max(0, Math.floor(score + CLASSES / 2)));
  });
  return { x, labels };
}

export function classifier(features: number, activation: 'softmax' | 'linear'): layers.LayersModel {
  const model = layers.sequential();
  const initializer = (own: number) => layers.initializers.glorotUniform({ seed: own });
  model.add(
    layers.layers.dense({
      name: 'hidden',
      units: 8,
      inputShape: [features],
      activation: 'relu',
      kernelInitializer: initializer(1),
    }),
  );
  model.add(layers.layers.dense({ units: CLASSES, activation, kernelInitializer: initializer(2) }));
  return model;
}
