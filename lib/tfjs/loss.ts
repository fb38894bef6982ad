// The loss for tfjs: model.compile, variableGrads, optimizer.minimize.
import type { Tensor } from '@tensorflow/tfjs-core';
import { choice, onlyKnown, optionsObject } from '../arguments';
import { EmdLoss } from '../emd-loss';
import { wrongRange, wrongType } from '../errors';
import { type EmdOptions, REDUCTIONS } from '../options';
import { renamed } from '../renamed';
import { targetsOf } from './labels';
import { type Tfjs, tf } from './peer';
import { filledTensors, floatsOf, sizeOf } from './tensors';

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
    const differentiates = core.engine().isTapeOn();
    const { rank, shape } = predictions;
    const loss = lossFor(shape[rank - 1]);
    return core.customGrad((input, save) => {
      const [value, ...gradient] = call(() => forward(loss, input as Tensor, labels, reduction, differentiates));
      (save as (tensors: Tensor[]) => void)(gradient);
      return {
        value,
        gradFunc: (upstream: Tensor, [saved]: Tensor[]) =>
          scaled(core, saved, upstream, usualUpstream(shape, reduction)),
      };
    })(predictions);
  });
}

/**
 * The loss, and with `differentiates` its gradient for the upstream gradient that is nearly always there: both come from one reading of
 * the predictions, and the backward pass has nothing to do.
 */
function forward(
  loss: EmdLoss,
  predictions: Tensor,
  labels: Tensor,
  reduction: string,
  differentiates: boolean,
): Tensor[] {
  const { shape } = predictions;
  const perSample = reduction === 'none';
  const resultShape = perSample ? shape.slice(0, -1) : [];
  return filledTensors(differentiates ? [resultShape, shape] : [resultShape], ([result, gradient]) => {
    const { loss: number } = loss.evaluate(floatsOf(predictions), targetsOf(labels, shape), {
      ...(perSample && { losses: result }),
      gradient: gradient ?? false,
      upstream: usualUpstream(shape, reduction),
    });
    if (!perSample) result[0] = number;
  });
}

/** What a mean over samples asks for, as model.fit takes it of losses per sample; 1 of a scalar. */
function usualUpstream(shape: readonly number[], reduction: string): number {
  return reduction === 'none' ? Math.fround(1 / Math.max(1, sizeOf(shape.slice(0, -1)))) : 1;
}

/** A gradient for another upstream gradient than the usual one, [rows] or a scalar. */
function scaled(core: Tfjs, gradient: Tensor, upstream: Tensor, usual: number): Tensor {
  if (floatsOf(upstream).every((factor) => factor === usual)) return core.reshape(gradient, gradient.shape); // no copy
  const factors = core.div(upstream, usual);
  return core.mul(gradient, upstream.rank === 0 ? factors : core.expandDims(factors, -1));
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

/** tfjs shows losses and metrics by their functions' names. */
export function named<F extends (...args: never[]) => unknown>(name: string, call: F): F {
  return Object.defineProperty(call, 'name', { value: name });
}
