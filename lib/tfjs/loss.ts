// The loss for tfjs: model.compile, variableGrads, optimizer.minimize.
import type { Tensor } from '@tensorflow/tfjs-core';
import { choice, onlyKnown, optionsObject } from '../arguments';
import { EmdLoss } from '../emd-loss';
import { wrongRange, wrongType } from '../errors';
import { type EmdOptions, REDUCTIONS } from '../options';
import { renamed } from '../renamed';
import { targetsOf } from './labels';
import { type Tfjs, tf } from './peer';
import { filledTensor, floatsOf } from './tensors';

type SameAsOfArrays =
  | 'groundDistance'
  | 'power'
  | 'crossEntropyWeight'
  | 'emdWeight'
  | 'normalization'
  | 'ignoreIndex'
  | 'threads';

/** The options of {@link emdLoss}: those of `emdLoss` of the package itself; classes and rows come from the tensors. */
export interface TfjsEmdOptions extends Pick<EmdOptions, SameAsOfArrays> {
  /** Whether predictions are logits; else they are probabilities, what a softmax layer gives. Default: false. */
  fromLogits?: boolean;
  /** By target class, [classes]: finite, not negative. Default: 1. */
  classWeights?: Float32Array;
  /**
   * 'none' gives a loss per sample, of the labels' leading shape: what `model.compile` expects, and what sample weights apply to. 'mean'
   * (divided by the sum of the class weights) and 'sum' give a scalar. Default: 'none'.
   */
  reduction?: EmdOptions['reduction'];
}

const KNOWN = {
  groundDistance: true,
  power: true,
  crossEntropyWeight: true,
  emdWeight: true,
  normalization: true,
  ignoreIndex: true,
  threads: true,
  fromLogits: true,
  classWeights: true,
  reduction: true,
} as const satisfies Record<keyof TfjsEmdOptions, true>;

/** A loss as tfjs calls it. */
export type TfjsLoss = (labels: Tensor, predictions: Tensor) => Tensor;

/**
 * The squared Earth Mover's Distance as a loss of tfjs, with its own gradient:
 * `model.compile({ loss: emdLoss({ crossEntropyWeight: 1, emdWeight: 10 }), ... })`.
 *
 * Predictions are float32 [.., classes]. Labels are one-hot or other distributions of the same shape, or class indices [..] or [.., 1]
 * (`model.fit` takes class indices only for its own losses). Data are read without copying on the cpu and wasm backends.
 *
 * @throws TypeError, RangeError for options or tensors that are wrong; EmdError where tfjs is not installed.
 */
export function emdLoss(options: TfjsEmdOptions = {}): TfjsLoss {
  onlyKnown(optionsObject(options), KNOWN);
  const { fromLogits = false, reduction = 'none', ...same } = options;
  if (typeof fromLogits !== 'boolean') throw wrongType('fromLogits', 'a boolean', fromLogits);
  choice('reduction', reduction, REDUCTIONS);
  const losses = new Map<number, EmdLoss>();
  const lossFor = (classes: number): EmdLoss => {
    const known =
      losses.get(classes) ??
      new EmdLoss({ ...same, classes, reduction, input: fromLogits ? 'logits' : 'probabilities' });
    losses.set(classes, known);
    return known;
  };
  const { classes } = options.groundDistance ?? {};
  lossFor(classes ?? options.classWeights?.length ?? 2); // wrong options are found now, not in the first batch

  return named('emdLoss', (labels, predictions) => {
    const core = tf();
    checkPredictions(core, predictions);
    const call = renamed({ targets: 'labels' });
    return core.customGrad((input, save) => {
      const given = input as Tensor;
      const loss = lossFor(given.shape[given.shape.length - 1]);
      (save as (tensors: Tensor[]) => void)([given, labels]);
      const value = call(() => forward(loss, given, labels, reduction));
      return {
        value,
        gradFunc: (upstream: Tensor, [kept, keptLabels]: Tensor[]) =>
          call(() => backward(loss, kept, keptLabels, upstream, reduction)),
      };
    })(predictions);
  });
}

export function checkPredictions(core: Tfjs, predictions: unknown): asserts predictions is Tensor {
  if (!(predictions instanceof core.Tensor)) throw wrongType('predictions', 'a tensor', predictions);
  if (predictions.dtype !== 'float32') {
    throw wrongType('predictions', 'a tensor of float32', `a tensor of ${predictions.dtype}`);
  }
  if (predictions.rank < 1 || predictions.shape[predictions.rank - 1] < 2) {
    throw wrongRange('predictions', 'the shape [.., classes] with at least 2 classes', `[${predictions.shape}]`);
  }
}

function forward(loss: EmdLoss, predictions: Tensor, labels: Tensor, reduction: string): Tensor {
  const { shape } = predictions;
  const evaluate = (options: { losses?: Float32Array }) =>
    loss.evaluate(floatsOf(predictions), targetsOf(labels, shape), { ...options, gradient: false });
  if (reduction !== 'none') return tf().scalar(evaluate({}).loss);
  return filledTensor(shape.slice(0, -1), (losses) => void evaluate({ losses }));
}

function backward(loss: EmdLoss, predictions: Tensor, labels: Tensor, upstream: Tensor, reduction: string): Tensor {
  const { shape } = predictions;
  return filledTensor(shape, (gradient) => {
    const factors = floatsOf(upstream);
    loss.evaluate(floatsOf(predictions), targetsOf(labels, shape), {
      gradient,
      upstream: reduction === 'none' ? factors : factors[0],
      losses: false,
    });
  });
}

/** tfjs shows losses and metrics by their functions' names. */
export function named<F extends (...args: never[]) => unknown>(name: string, call: F): F {
  return Object.defineProperty(call, 'name', { value: name });
}
