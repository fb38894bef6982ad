import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { emdLoss } from 'squared-emd/tfjs';
import type { BenchProblem } from '../cases/bench-problem.js';
import { type Case, elementsOf, ORDERED } from '../cases/case.js';
import { installed } from './installed.js';
import type { Contender, Peer, Runner } from './peer.js';

/** Its operators add up in single precision, one term after another. */
const LOOSENESS = 1000;

/** The number of elements for which a backend takes about a second. */
const MOST_ELEMENTS = { cpu: 40_000, wasm: 5_000_000 } as const;
type Backend = keyof typeof MOST_ELEMENTS;

/** A mean over rows, with labels as one-hot rows, as users of TensorFlow.js have them. */
type MeanLoss = (oneHot: Tensor2D, logits: Tensor2D) => Scalar;

/** The loss as an expression of TensorFlow.js, differentiated by it. */
const expression = (tf: typeof import('@tensorflow/tfjs-core')): MeanLoss => {
  return (oneHot, logits) => tf.mean(tf.sum(tf.square(tf.cumsum(tf.sub(tf.softmax(logits), oneHot), 1)), 1));
};

const takesPart = (work: Case, backend: Backend): boolean =>
  work.kind === ORDERED.kind && !work.inPlace && elementsOf(work) <= MOST_ELEMENTS[backend] && available(backend);

const available = (backend: Backend): boolean =>
  installed('@tensorflow/tfjs-core', `@tensorflow/tfjs-backend-${backend}`, '@tensorflow/tfjs-layers');

/** A step of training: the loss and its gradient, which stays a tensor. */
async function step(
  { classes, predictions, targets }: BenchProblem,
  backend: Backend,
  lossOf: (tf: typeof import('@tensorflow/tfjs-core')) => MeanLoss,
): Promise<Runner> {
  const tf = await import('@tensorflow/tfjs-core');
  await import(`@tensorflow/tfjs-backend-${backend}`);
  await import('@tensorflow/tfjs-layers'); // registers the gradients of operators
  await tf.setBackend(backend);
  const logits = tf.tensor2d(predictions, [predictions.length / classes, classes]);
  const labels = tf.tensor1d(targets.values as Int32Array, 'int32');
  const oneHot = tf.tidy(() => tf.cast(tf.oneHot(labels, classes), 'float32') as Tensor2D);
  const meanLoss = lossOf(tf);
  const differentiate = tf.valueAndGrad((z) => meanLoss(oneHot, z as Tensor2D));
  let loss = Number.NaN;
  let gradient: Tensor | undefined;
  return {
    run: () => {
      gradient?.dispose();
      const { value, grad } = differentiate(logits);
      loss = value.dataSync()[0];
      value.dispose();
      gradient = grad;
    },
    output: () => ({ kind: 'loss', loss, gradient: (gradient as Tensor).dataSync().slice() as Float32Array }),
  };
}

const tfjs = (backend: Backend): Peer => {
  const name = `tfjs ${backend}`;
  return {
    name,
    contenders: (work: Case): Contender[] =>
      takesPart(work, backend) ? [{ peer: name, name, threads: 1, looseness: LOOSENESS }] : [],
    prepare: (problem) => step(problem, backend, expression),
  };
};

export const tfjsWasm = tfjs('wasm');
export const tfjsCpu = tfjs('cpu');

const adapter = 'squared-emd/tfjs on wasm';

/** The same step with this package's loss. */
export const tfjsAdapter: Peer = {
  name: adapter,
  contenders: (work: Case, { threads }) =>
    takesPart(work, 'wasm')
      ? threads.map((count) => ({
          peer: adapter,
          name: `${adapter}, ${count} ${count === 1 ? 'thread' : 'threads'}`,
          threads: count,
        }))
      : [],
  prepare: (problem, _work, { threads }) =>
    step(problem, 'wasm', () => emdLoss({ fromLogits: true, reduction: 'mean', threads })),
};
