// The loss for tfjs: model.compile, variableGrads, optimizer.minimize.
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { choice, type Numbers, onlyKnown, optionsObject } from '../arguments';
import { EmdLoss } from '../emd-loss';
import { typedArrayType, wrongRange, wrongType } from '../errors';
import { GroundDistance } from '../ground-distance';
import { type EmdOptions, REDUCTIONS } from '../options';
import { renamed } from '../renamed';
import { type TensorTargets, targetsOf } from './labels';
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
  classWeights?: Numbers;
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
export type TfjsLoss<R extends Tensor = Tensor> = (labels: Tensor, predictions: Tensor) => R;

/** Probabilities below count as this in a logarithm, as everywhere in the package. */
export const SMALLEST = 1.17549435e-38;

/**
 * The squared Earth Mover's Distance as a loss of tfjs, with its own gradient:
 * `model.compile({ loss: emdLoss({ crossEntropyWeight: 1, emdWeight: 10 }), ... })`.
 *
 * Predictions are float32 [.., classes]. Labels are one-hot or other distributions of the same shape, or class indices [..] or [.., 1]
 * (`model.fit` takes class indices only for its own losses). Data are read without copying on the cpu and wasm backends.
 *
 * The gradient is with respect to the predictions alone, and has itself none.
 *
 * @throws TypeError, RangeError for options or tensors that are wrong; EmdError where tfjs is not installed.
 */
export function emdLoss(options: TfjsEmdOptions & { reduction: 'mean' | 'sum' }): TfjsLoss<Scalar>;
export function emdLoss(options?: TfjsEmdOptions): TfjsLoss;
export function emdLoss(options: TfjsEmdOptions = {}): TfjsLoss {
  return lossFunction(options, true);
}

/** @param differentiable Whether a gradient is computed where tfjs asks for one. */
export function lossFunction(options: TfjsEmdOptions, differentiable: boolean): TfjsLoss {
  onlyKnown(optionsObject(options), KNOWN);
  const { fromLogits = false, reduction = 'none', ...same } = options;
  if (typeof fromLogits !== 'boolean') throw wrongType('fromLogits', 'a boolean', fromLogits);
  choice('reduction', reduction, REDUCTIONS);
  const call = renamed({ targets: 'labels' });
  const losses = new Map<number, Losses>();
  const lossesFor = (classes: number): Losses => {
    const known = losses.get(classes) ?? new Losses({ ...same, classes, reduction }, fromLogits);
    losses.set(classes, known);
    return known;
  };
  checkOptions(same, reduction);

  return named('emdLoss', (labels, predictions) => {
    const core = tf();
    checkTensors(core, labels, predictions);
    const { rank, shape } = predictions;
    const differentiates = differentiable && core.engine().isTapeOn();
    const loss = lossesFor(shape[rank - 1]);
    let gradient: Tensor | undefined;
    const result = core.customGrad((input) => {
      const [value, computed] = call(() => forward(loss, input as Tensor, labels, reduction, differentiates));
      gradient = computed && core.keep(computed);
      const gradFunc = (upstream: Tensor): Tensor =>
        computed ? scaled(core, computed, upstream, usualUpstream(shape, reduction)) : core.zerosLike(input as Tensor);
      return { value, gradFunc };
    })(predictions);
    if (gradient) leaveToTape(core, gradient);
    return result;
  });
}

/**
 * The tape disposes of the gradient when it ends, used or not, as of what is given to customGrad's `save`: which would copy it, and on
 * the wasm backend that takes longer than to compute it.
 */
function leaveToTape(core: Tfjs, gradient: Tensor): void {
  const tape = core.engine().state.activeTape as { saved: Tensor[] }[];
  tape[tape.length - 1].saved.push(gradient);
}

/** Wrong options are found now, not in the first batch: by a row of as many classes as the options tell of. */
function checkOptions(
  options: Omit<TfjsEmdOptions, 'fromLogits' | 'reduction'>,
  reduction: EmdOptions['reduction'],
): void {
  const { groundDistance, classWeights } = options;
  const known = GroundDistance.is(groundDistance) ? groundDistance.classes : undefined;
  const listed = Array.isArray(classWeights) || typedArrayType(classWeights) !== undefined;
  const classes = known ?? Math.max(2, listed ? (classWeights as Float32Array).length : 2);
  new EmdLoss({ ...options, reduction, classes }).evaluate(new Float32Array(classes), [0], { gradient: false });
}

/** The loss for a number of classes. */
class Losses {
  readonly all: EmdLoss;
  /** Without cross entropy: what remains of the gradient where a probability is too small for its logarithm to change. */
  readonly emd: EmdLoss | undefined;
  readonly classes: number;
  readonly ignores: boolean;
  readonly threads: number | undefined;

  constructor(options: EmdOptions, fromLogits: boolean) {
    const input = fromLogits ? 'logits' : 'probabilities';
    this.classes = options.classes;
    this.ignores = options.ignoreIndex !== undefined;
    this.threads = options.threads;
    this.all = new EmdLoss({ ...options, input });
    if (!fromLogits && options.crossEntropyWeight) this.emd = new EmdLoss({ ...options, input, crossEntropyWeight: 0 });
  }
}

/**
 * The loss, and with `differentiates` its gradient for the upstream gradient that is nearly always there: both come from one reading of
 * the predictions, and the backward pass has nothing to do.
 */
function forward(
  loss: Losses,
  predictions: Tensor,
  labels: Tensor,
  reduction: string,
  differentiates: boolean,
): Tensor[] {
  const { shape } = predictions;
  const perSample = reduction === 'none';
  const resultShape = perSample ? shape.slice(0, -1) : [];
  return filledTensors(differentiates ? [resultShape, shape] : [resultShape], ([result, gradient]) => {
    const p = floatsOf(predictions);
    const targets = targetsOf(labels, shape, { indicesWanted: !loss.ignores, threads: loss.threads });
    const upstream = usualUpstream(shape, reduction);
    const { loss: number } = loss.all.evaluate(p, targets, {
      ...(perSample && { losses: result }),
      gradient: gradient ?? false,
      upstream,
    });
    if (!perSample) result[0] = number;
    if (gradient && loss.emd) flattenTinyLogarithms(loss.emd, p, targets, gradient, upstream);
  });
}

/**
 * The logarithm of a probability below {@link SMALLEST} is that of SMALLEST, a constant. Its slope as given by the package, -t / SMALLEST,
 * would overflow with the first weight, and become NaN in the softmax's backward pass.
 */
function flattenTinyLogarithms(
  emd: EmdLoss,
  p: Float32Array,
  targets: TensorTargets,
  gradient: Float32Array,
  upstream: number,
): void {
  const classes = p.length / (targets instanceof Int32Array ? targets.length : 1);
  const tiny: number[] = [];
  if (targets instanceof Int32Array) {
    for (let row = 0; row < targets.length; row++) {
      const at = row * classes + targets[row];
      if (targets[row] >= 0 && p[at] < SMALLEST) tiny.push(at);
    }
  } else {
    for (let i = 0; i < p.length; i++) if (p[i] < SMALLEST && targets[i] > 0) tiny.push(i);
  }
  if (tiny.length === 0) return;
  const slopes = emd.evaluate(p, targets, { upstream, losses: false }).gradient as Float32Array;
  for (const at of tiny) gradient[at] = slopes[at];
}

/** What a mean over samples asks for, as model.fit takes it of losses per sample; 1 of a scalar. */
function usualUpstream(shape: readonly number[], reduction: string): number {
  return reduction === 'none' ? Math.fround(1 / Math.max(1, sizeOf(shape.slice(0, -1)))) : 1;
}

/** A gradient for another upstream gradient than the usual one, [rows] or a scalar. */
function scaled(core: Tfjs, gradient: Tensor, upstream: Tensor, usual: number): Tensor {
  if (allAre(floatsOf(upstream), usual)) return core.reshape(gradient, gradient.shape); // no copy
  const factors = core.div(upstream, usual);
  return core.mul(gradient, upstream.rank === 0 ? factors : core.expandDims(factors, -1));
}

/** `every` takes three times as long. */
function allAre(values: Float32Array, expected: number): boolean {
  for (const value of values) if (value !== expected) return false;
  return true;
}

export function checkTensors(core: Tfjs, labels: unknown, predictions: unknown): asserts predictions is Tensor {
  if (!(labels instanceof core.Tensor)) throw wrongType('labels', 'a tensor', labels);
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
