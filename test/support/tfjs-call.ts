// A loss of tfjs and its gradient on given tensors, both in Node.js and on a page, into which this file is bundled.
import type * as core from '@tensorflow/tfjs-core';
import type { TfjsEmdOptions, TfjsLoss } from '../../lib/tfjs/loss.js';

export type Tf = typeof core;

/** A call in a form that can be sent to a page. */
export interface Call {
  predictions: number[];
  shape: number[];
  labels: { values: number[]; shape: number[]; dtype: 'float32' | 'int32' | 'bool' };
  /** dL/d(result), of the result's shape, or one number for all of it. */
  upstream: number | number[];
}

export interface Answer {
  value: number[];
  gradient: number[];
  /** How often the backend was read while the loss and its gradient were computed. */
  reads: number;
}

export type LossOptions = TfjsEmdOptions;

type Methods = Record<string, (...given: unknown[]) => unknown>;

/**
 * Counts, from now on, how often tfjs is asked for the numbers of a tensor, or a page downloads from its GPU. Reads by the cpu
 * backend's own operators do not count.
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
  const { WebGL2RenderingContext: gl, GPUBuffer: gpu } = globalThis as unknown as Record<
    string,
    { prototype: Methods } | undefined
  >;
  if (gl) watch(gl.prototype, ['readPixels', 'getBufferSubData']);
  if (gpu) watch(gpu.prototype, ['mapAsync']);
  return () => count;
}

export async function answer(tf: Tf, loss: TfjsLoss, reads: () => number, call: Call): Promise<Answer> {
  const { labels } = call;
  const before = reads();
  const [value, gradient] = tf.tidy(() => {
    const predictions = tf.tensor(call.predictions, call.shape, 'float32');
    const targets = tf.tensor(labels.values, labels.shape, labels.dtype);
    const alone = loss(targets, predictions);
    const upstream = typeof call.upstream === 'number' ? call.upstream : tf.tensor(call.upstream, alone.shape);
    return [alone, tf.grad((z) => tf.mul(loss(targets, z), upstream))(predictions)];
  });
  const made = reads() - before;
  const numbers = async (tensor: core.Tensor) => Array.from(await tensor.data());
  const result = { value: await numbers(value), gradient: await numbers(gradient), reads: made };
  if (reads() === before) throw new Error('nothing counts what is read');
  tf.dispose([value, gradient]);
  return result;
}
