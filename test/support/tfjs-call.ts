// A loss of tfjs and its gradient on given tensors: in Node.js, and on a page, into which this file is bundled.
import type * as core from '@tensorflow/tfjs-core';
import type { TfjsEmdOptions, TfjsLoss } from '../../lib/tfjs/loss.js';

export type Tf = typeof core;

/** What can be sent to a page. */
export interface Call {
  predictions: number[];
  shape: number[];
  labels: { values: number[]; shape: number[]; dtype: 'float32' | 'int32' | 'bool' };
  /** dL/d(result), of the result's shape; one number: for all of it. */
  upstream: number | number[];
}

export interface Answer {
  value: number[];
  valueShape: number[];
  gradient: number[];
  gradientShape: number[];
  /** How often the backend was read while the loss and its gradient were computed. */
  reads: number;
}

export type LossOptions = TfjsEmdOptions;

type Methods = Record<string, (...given: unknown[]) => unknown>;

/**
 * Counts, from now on, how often somebody asks tfjs for the numbers of a tensor, or a page downloads from its GPU. Operators of the cpu
 * backend read what is their own.
 */
export function countReads(tf: Tf): () => number {
  let count = 0;
  const watch = (owner: Methods, names: readonly string[]) => {
    for (const name of names) {
      const own = owner[name];
      owner[name] = function (this: unknown, ...given) {
        count++;
        return own.apply(this, given);
      };
    }
  };
  watch(tf.engine() as unknown as Methods, ['read', 'readSync', 'readToGPU']);
  const { WebGL2RenderingContext: gl } = globalThis as { WebGL2RenderingContext?: { prototype: Methods } };
  if (gl) watch(gl.prototype, ['readPixels', 'getBufferSubData']);
  return () => count;
}

export function answer(tf: Tf, loss: TfjsLoss, reads: () => number, call: Call): Answer {
  const { labels } = call;
  return tf.tidy(() => {
    const predictions = tf.tensor(call.predictions, call.shape, 'float32');
    const targets = tf.tensor(labels.values, labels.shape, labels.dtype);
    const before = reads();
    const alone = loss(targets, predictions);
    const upstream = typeof call.upstream === 'number' ? call.upstream : tf.tensor(call.upstream, alone.shape);
    const { value, grad } = tf.valueAndGrad((z) => tf.mul(loss(targets, z), upstream))(predictions);
    const made = reads() - before;
    return {
      value: Array.from(alone.dataSync()),
      valueShape: value.shape,
      gradient: Array.from(grad.dataSync()),
      gradientShape: grad.shape,
      reads: made,
    };
  });
}
